import { z } from 'zod';
import { idOf } from '../../core/ground/idOf.ts';

/** What this API takes and gives: each shape once, to check by, for types and for the OpenAPI description. */

/** `"url" is a string.`, where something else came. */
const is = (kind: string) => ({
  error: ({ path }: { readonly path?: readonly PropertyKey[] | undefined }) => `"${String(path?.[0])}" is ${kind}.`,
});

/** An object of which no other members are known; what is not known is refused, because it was meant to do something. */
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape)
    .map((name) => `"${name}"`)
    .join(', ');
  const unknown = names === '' ? 'Nothing is to be given here.' : `This is not known here. Known are ${names}.`;
  const other = `Send a JSON object${names === '' ? '' : ` with ${names}`}.`;
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? unknown : other) });
}

const text = z.string(is('a string'));
const texts = z.array(z.string(is('a list of strings')), is('a list of strings'));
const textOrNull = z.string(is('a string or null')).nullable();
const uuid = text.meta({ format: 'uuid' });
const time = text.meta({ format: 'date-time' });
const timeOrNull = textOrNull.meta({ format: 'date-time' });

/** Lengths and formats are told here; whether they are kept is checked with the other rules of webhooks, for GraphQL as well. */
const url = z
  .string({
    error: (issue) =>
      issue.input === undefined ? 'Give the URL that is to receive events.' : is('a string').error(issue),
  })
  .meta({
    format: 'uri',
    maxLength: 2048,
    description: 'Public, https, without user name, password and fragment.',
  });
const changeable = {
  url: url.optional(),
  events: texts.optional().meta({
    maxItems: 500,
    description: 'Which types of events it gets. Empty, or left out: all, those added later included.',
  }),
  name: text.optional().meta({ minLength: 1, maxLength: 200, description: 'The host of its URL, where left out.' }),
  description: textOrNull.optional().meta({ maxLength: 2000 }),
};

const webhook = object({
  id: uuid,
  project_id: textOrNull.meta({ format: 'uuid', description: 'Null: it gets the events of every project.' }),
  name: text,
  description: textOrNull,
  url: text,
  events: texts.meta({ description: 'Empty: all.' }),
  active: z.boolean().meta({ description: 'What people switch.' }),
  health: z.enum(['healthy', 'degraded', 'disabled']).meta({
    description: 'What failures make of it. A disabled one gets nothing until it is enabled.',
  }),
  health_reason: textOrNull,
  consecutive_failures: z.int().min(0),
  last_dispatched_at: timeOrNull,
  last_success_at: timeOrNull,
  last_failure_at: timeOrNull,
  created_at: time,
});

const delivery = object({
  id: uuid,
  event: text,
  timestamp: time,
  status: z.enum(['success', 'failed', 'pending']),
  response_code: z.int().min(100).max(599).nullable().meta({ description: 'Of the last attempt.' }),
  response_time_ms: z.int().min(0).nullable().meta({ description: 'Of the last attempt.' }),
});

const page = <Entry extends z.ZodType>(entry: Entry) =>
  object({
    data: z.array(entry).max(100),
    next_cursor: textOrNull.meta({ description: 'For "cursor" of the next page. Null on the last one.' }),
  });

export const shapes = {
  NewWebhook: object({
    ...changeable,
    url,
    secret: text.optional().meta({ minLength: 16, maxLength: 256, description: 'Made here, where left out.' }),
    project_id: uuid.optional().meta({
      description: 'The key’s own project, where left out, or the whole organization.',
    }),
  }).meta({
    examples: [{ url: 'https://your-server.com/webhooks', events: ['task.created', 'task.updated'] }],
  }),
  WebhookChanges: object({ ...changeable, active: z.boolean(is('true or false')).optional() }).meta({
    examples: [{ active: false }],
  }),
  Webhook: webhook,
  CreatedWebhook: webhook.extend({ secret: text.meta({ description: 'Shown here and never again.' }) }),
  WebhookPage: page(webhook),
  Delivery: delivery,
  TestDelivery: delivery.extend({
    note: text.optional().meta({ description: 'Where the webhook gets nothing but tests: what changes that.' }),
  }),
  DeliveryPage: page(delivery),
  Problem: object({
    type: text.meta({ format: 'uri-reference' }),
    title: text,
    status: z.int().min(400).max(599),
    detail: text,
    code: text.meta({ description: 'The code that GraphQL has for it.' }),
    field: text.optional().meta({ description: 'The argument at fault.' }),
    permission: text.optional().meta({ description: 'The permission that the key lacks.' }),
  }).meta({ description: 'RFC 9457.' }),
};

/** What is shown, by the name of its shape. */
export type Shown<Name extends keyof typeof shapes> = z.output<(typeof shapes)[Name]>;

/** Of an action, which says all by its path. Some clients send `{}` nevertheless. */
export const nothing = object({}).optional();

const parameter = z.string({ error: ({ path }) => `Give "${String(path?.[0])}" once.` });
const pageLimit = 'A page has 1 to 100 entries.';
/** Parameters of a list, which is a page long. */
const listed = {
  limit: parameter
    .refine((digits) => /^\d{1,3}$/.test(digits), pageLimit)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, pageLimit)
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: 100, description: 'Most entries of the page; 20, where left out.' }),
  cursor: parameter
    .transform((cursor) => Buffer.from(cursor, 'base64url').toString('latin1'))
    .refine((id) => idOf(id) !== null, 'Give "next_cursor" of the page before, as it is.')
    .optional()
    .meta({ description: '"next_cursor" of the page before.' }),
};

export const queries = {
  webhooks: object({
    project_id: parameter.optional().meta({ format: 'uuid', description: 'Those of one project alone.' }),
    ...listed,
  }),
  deliveries: object(listed),
  none: object({}),
};
