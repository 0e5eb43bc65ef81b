import type { DeliveryBucket as Counted } from '../core/stats/deliveryStats.ts';
import type { OpenCounts } from '../core/stats/openDeliveries.ts';
import { builder } from './builder.ts';
import { webhookScope } from './webhookScope.ts';

type BucketName = 'MINUTE' | 'HOUR' | 'DAY';

const bucketMs: Readonly<Record<BucketName, number>> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

const Bucket = builder.enumType('Bucket', { values: ['MINUTE', 'HOUR', 'DAY'] as const, description: 'In UTC.' });

const DeliveryBucket = builder.objectRef<Counted>('DeliveryBucket').implement({
  description: 'The outbound deliveries that were created in one stretch of time, by how they stand now.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', resolve: ({ from }) => from }),
    total: t.int({
      resolve: (each) => each.pending + each.sending + each.retrying + each.delivered + each.failed + each.cancelled,
    }),
    pending: t.exposeInt('pending'),
    sending: t.exposeInt('sending'),
    retrying: t.exposeInt('retrying'),
    delivered: t.exposeInt('delivered'),
    failed: t.exposeInt('failed'),
    cancelled: t.exposeInt('cancelled'),
    successRate: t.exposeFloat('successRate', {
      nullable: true,
      description: 'Of those delivered and failed for good, the part that was delivered: 0 to 1.',
    }),
    responseTimeP50: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Of the last attempts of those delivered and failed; within a fifth.',
      resolve: ({ p50Ms }) => p50Ms,
    }),
    responseTimeP95: t.field({ type: 'Duration', nullable: true, resolve: ({ p95Ms }) => p95Ms }),
  }),
});

/**
 * What statistics cost an operation: each bucket of the answer, and the days whose counts are read for it.
 *
 * @returns the cost of asking for `deliveryStats`, and how often its fields are answered
 */
function statsCost(from: Date, to: Date, bucket: BucketName): { field: number; multiplier: number } {
  const ms = to.getTime() - from.getTime();
  const buckets = Math.ceil(ms / bucketMs[bucket]) + 1;
  // What is no time at all is refused with the reason when it runs.
  if (!(buckets > 0)) return { field: 100, multiplier: 1 };
  return { field: 100 + 4 * Math.ceil(ms / bucketMs.DAY), multiplier: buckets };
}

const OpenDeliveries = builder.objectRef<OpenCounts>('OpenDeliveries').implement({
  description: 'The outbound deliveries that have not ended, whenever they were created.',
  fields: (t) => ({
    pending: t.exposeInt('pending', { description: 'Waiting for a first attempt.' }),
    sending: t.exposeInt('sending'),
    retrying: t.exposeInt('retrying', { description: 'Waiting for their next attempt.' }),
  }),
});

builder.queryFields((t) => ({
  openDeliveries: t.field({
    type: OpenDeliveries,
    description: 'How much is under way now: of a webhook, of a project or of an organization.',
    authScopes: { permission: 'WEBHOOK_READ' },
    complexity: { field: 100 },
    args: { webhookId: t.arg.id(), projectId: t.arg.id(), organizationId: t.arg.id() },
    resolve: async (_root, args, context) => context.services.openDeliveries(await webhookScope(context, args)),
  }),
  deliveryStats: t.field({
    type: [DeliveryBucket],
    description:
      'Whole buckets, the oldest first, those without deliveries too. At most 1,440 minutes (of the last 48 hours), 744 hours or 400 days.',
    authScopes: { permission: 'WEBHOOK_READ' },
    complexity: ({ from, to, bucket }) => statsCost(from, to, bucket),
    args: {
      webhookId: t.arg.id(),
      projectId: t.arg.id(),
      organizationId: t.arg.id(),
      from: t.arg({ type: 'DateTime', required: true }),
      to: t.arg({ type: 'DateTime', required: true }),
      bucket: t.arg({ type: Bucket, required: true }),
    },
    resolve: async (_root, args, context) => {
      const scope = await webhookScope(context, args);
      const request = { ...scope, from: args.from, to: args.to, bucket: args.bucket };
      // What an operation asks for twice is counted once.
      return context.loaders.once(JSON.stringify(request), () => context.services.deliveryStats(request));
    },
  }),
}));
