import { z } from 'zod';
import { nothing, queries, shapes } from './shapes.ts';

interface Answer {
  readonly status: number;
  readonly description: string;
  /** Absent: no content. */
  readonly shape?: keyof typeof shapes;
  /** Headers by their names, described. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An operation: its path, what it takes, and what it answers on success. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1/`; `:id` stands for a webhook's id. */
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly answer: Answer;
}

const show = <Query extends z.ZodType, const A extends Answer>(
  path: string,
  summary: string,
  query: Query,
  answer: A,
) => ({ method: 'GET' as const, path, summary, query, body: z.unknown(), answer });

const act = <Body extends z.ZodType, const A extends Answer>(
  method: Operation['method'],
  path: string,
  summary: string,
  body: Body,
  answer: A,
) => ({ method, path, summary, query: z.unknown(), body, answer });

const webhook = { status: 200, description: 'The webhook.', shape: 'Webhook' } as const;

/** All operations, by the names that clients generated from the description give to their methods. */
export const operations = {
  publishEvents: {
    ...act('POST', 'events', 'Publishes one event, or a list of up to 100: all or none', shapes.NewEvents, {
      status: 201,
      description: 'The events, which are stored; their deliveries have started.',
      shape: 'PublishedEvents',
    }),
    query: queries.publish,
  },
  listWebhooks: show('webhooks', 'Lists webhooks, the newest first', queries.webhooks, {
    status: 200,
    description: 'A page of webhooks.',
    shape: 'WebhookPage',
  }),
  createWebhook: act('POST', 'webhooks', 'Makes a webhook', shapes.NewWebhook, {
    status: 201,
    description: 'The webhook, with its secret, which is never shown again.',
    shape: 'CreatedWebhook',
    headers: { Location: 'Its path.' },
  }),
  readWebhook: show('webhooks/:id', 'Shows a webhook', queries.none, webhook),
  updateWebhook: act(
    'PATCH',
    'webhooks/:id',
    'Changes the given members and leaves the others',
    shapes.WebhookChanges,
    webhook,
  ),
  deleteWebhook: act('DELETE', 'webhooks/:id', 'Deletes a webhook; its deliveries end', nothing, {
    status: 204,
    description: 'Deleted.',
  }),
  testWebhook: act(
    'POST',
    'webhooks/:id/test',
    'Sends a test event, also to a webhook that is disabled or switched off; it counts nowhere',
    nothing,
    { status: 202, description: 'The delivery, which is under way.', shape: 'TestDelivery' },
  ),
  enableWebhook: act(
    'POST',
    'webhooks/:id/enable',
    'Enables a webhook that failures disabled or that was switched off',
    nothing,
    webhook,
  ),
  listDeliveries: show(
    'webhooks/:id/deliveries',
    'Lists deliveries of a webhook, the newest first',
    queries.deliveries,
    { status: 200, description: 'A page of deliveries.', shape: 'DeliveryPage' },
  ),
} satisfies Readonly<Record<string, Operation>>;
