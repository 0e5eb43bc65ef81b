import { may } from '../core/access/permissions.ts';
import type { Principal } from '../core/access/principal.ts';
import { type Backlog, readBacklogs } from '../core/deliveries/waiting.ts';
import { profileOf } from '../core/profiles/registry.ts';
import type { Profile } from '../core/store/prisma/enums.ts';
import { batched, type Loader } from './batched.ts';
import { builder } from './builder.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { Webhook } from './webhook.ts';

/** A count that reads up to 10,000 rows. */
const backlogCost = 25;

/** The page of a webhook's workflow in Temporal's UI. Null for customers with a portal link: that UI is not for them. */
const linkOf = ({ principal, services }: Context, webhookId: string): string | null =>
  principal.kind === 'PORTAL' ? null : services.retryWorkflows.urlOf(webhookId);

const nothing: Backlog = { waiting: 0, nextDueAt: null };

/** A webhook's waiting deliveries. All webhooks of an answer are counted by one look-up. */
async function backlogOf(context: Context, webhookId: string): Promise<Backlog> {
  const load = await context.loaders.once<Loader<Backlog>>('backlogs', async () =>
    batched((ids) => readBacklogs((text, each) => prismaOf(context).$queryRawUnsafe(text, each), ids)),
  );
  return (await load(webhookId)) ?? nothing;
}

interface Retry {
  readonly webhookId: string;
  readonly attemptCount: number;
  readonly nextAttemptAt: Date;
  readonly scheduleMs: readonly number[];
}

const DeliveryRetry = builder.objectRef<Retry>('DeliveryRetry').implement({
  description:
    'The next attempt of a waiting delivery. The webhook’s workflow in Temporal owns the delivery until it has ended.',
  fields: (t) => ({
    workflowId: t.string({
      description: 'The id of that workflow in Temporal.',
      resolve: ({ webhookId }, _args, { services }) => services.retryWorkflows.idOf(webhookId),
    }),
    attempt: t.int({
      description: 'The number of the next attempt, from 1 on.',
      resolve: ({ attemptCount }) => attemptCount + 1,
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      description: 'When the next attempt is due. A time in the past: it is due now, or under way.',
      resolve: ({ nextAttemptAt }) => nextAttemptAt,
    }),
    remaining: t.int({
      description: 'How many attempts may follow if the next one fails too, by the present schedule.',
      resolve: ({ attemptCount, scheduleMs }) => Math.max(0, scheduleMs.length - attemptCount),
    }),
    schedule: t.field({
      type: ['Duration'],
      description: 'The webhook’s present delays before the retries, first retry first.',
      resolve: ({ scheduleMs }) => [...scheduleMs],
    }),
    url: t.string({
      nullable: true,
      description:
        'That workflow in Temporal’s UI. Null for a portal link’s users, and where `EVERHOOK_TEMPORAL_UI_URL` is not set.',
      resolve: ({ webhookId }, _args, context) => linkOf(context, webhookId),
    }),
  }),
});

const RetryWorkflow = builder.objectRef<{ webhookId: string }>('RetryWorkflow').implement({
  description:
    'The workflow in Temporal that owns the retries of a webhook’s deliveries. It runs while any of them waits. These fields come from the delivery log, also while Temporal is away.',
  fields: (t) => ({
    workflowId: t.string({
      description: 'Its id in Temporal, the same for all its runs.',
      resolve: ({ webhookId }, _args, { services }) => services.retryWorkflows.idOf(webhookId),
    }),
    waiting: t.int({
      complexity: backlogCost,
      description: 'Deliveries that wait for their next attempt. Counted up to 10,000, which means 10,000 or more.',
      resolve: async ({ webhookId }, _args, context) => (await backlogOf(context, webhookId)).waiting,
    }),
    nextDueAt: t.field({
      type: 'DateTime',
      nullable: true,
      complexity: backlogCost,
      description:
        'When the first of them is due; null where none waits. A time in the past: it is due now, or under way.',
      resolve: async ({ webhookId }, _args, context) => (await backlogOf(context, webhookId)).nextDueAt,
    }),
    url: t.string({
      nullable: true,
      description:
        'The workflow in Temporal’s UI. Null for a portal link’s users, and where `EVERHOOK_TEMPORAL_UI_URL` is not set.',
      resolve: ({ webhookId }, _args, context) => linkOf(context, webhookId),
    }),
  }),
});

interface WaitingRow {
  readonly webhookId: string | null;
  readonly status: string;
  readonly leasedBy: string | null;
  readonly attemptCount: number;
  readonly nextAttemptAt: Date | null;
  readonly webhook: {
    readonly organizationId: string;
    readonly projectId: string | null;
    readonly profile: Profile;
    readonly ownSchedule: boolean;
    readonly retryScheduleMs: readonly number[];
  } | null;
}

/** Null for a delivery that does not wait, and for principals that may not read its webhook. */
function retryOf(delivery: WaitingRow, principal: Principal): Retry | null {
  const { webhookId, status, leasedBy, attemptCount, nextAttemptAt, webhook } = delivery;
  const waits = leasedBy === null && (status === 'PENDING' || status === 'RETRYING');
  if (!waits || webhookId === null || webhook === null || nextAttemptAt === null) return null;
  if (!may(principal, 'WEBHOOK_READ', webhook)) return null;
  const scheduleMs = webhook.ownSchedule ? webhook.retryScheduleMs : profileOf(webhook.profile).scheduleMs;
  return { webhookId, attemptCount, nextAttemptAt, scheduleMs };
}

builder.prismaObjectFields(Delivery, (t) => ({
  retry: t.field({
    type: DeliveryRetry,
    nullable: true,
    description:
      'Its next attempt. Null where it waits for none: it has ended, its first attempt is under way, or it is a tracker’s report.',
    select: {
      webhookId: true,
      status: true,
      leasedBy: true,
      attemptCount: true,
      nextAttemptAt: true,
      webhook: {
        select: { organizationId: true, projectId: true, profile: true, ownSchedule: true, retryScheduleMs: true },
      },
    },
    resolve: (delivery, _args, { principal }) => retryOf(delivery, principal),
  }),
}));

builder.prismaObjectFields(Webhook, (t) => ({
  retryWorkflow: t.field({
    type: RetryWorkflow,
    nullable: true,
    description: 'The workflow that owns the retries of its deliveries. Null for principals that may not read them.',
    select: { organizationId: true, projectId: true },
    resolve: ({ id, organizationId, projectId }, _args, { principal }) =>
      may(principal, 'WEBHOOK_READ', { organizationId, projectId }) ? { webhookId: id } : null,
  }),
}));
