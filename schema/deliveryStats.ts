import type { DeliveryBucket as Counted } from '../core/stats/deliveryStats.ts';
import type { OpenCounts } from '../core/stats/openDeliveries.ts';
import { builder } from './builder.ts';
import { webhookScope } from './webhookScope.ts';

type BucketName = 'MINUTE' | 'HOUR' | 'DAY';

const bucketMs: Readonly<Record<BucketName, number>> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

const Bucket = builder.enumType('Bucket', { values: ['MINUTE', 'HOUR', 'DAY'] as const, description: 'In UTC.' });

const DeliveryBucket = builder.objectRef<Counted>('DeliveryBucket').implement({
  description: 'The outbound deliveries created in one period, by their present status.',
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
      description: 'Delivered deliveries as a part of all delivered and failed ones: 0 to 1.',
    }),
    responseTimeP50: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Over the last attempts of delivered and failed deliveries; exact to 20 %.',
      resolve: ({ p50Ms }) => p50Ms,
    }),
    responseTimeP95: t.field({ type: 'Duration', nullable: true, resolve: ({ p95Ms }) => p95Ms }),
  }),
});

/**
 * The cost of statistics: each bucket of the answer, and each day whose counts are read for it.
 *
 * @returns the cost of `deliveryStats` itself, and how often its fields count
 */
function statsCost(from: Date, to: Date, bucket: BucketName): { field: number; multiplier: number } {
  const ms = to.getTime() - from.getTime();
  const buckets = Math.ceil(ms / bucketMs[bucket]) + 1;
  // The resolver refuses an empty period and says why.
  if (!(buckets > 0)) return { field: 100, multiplier: 1 };
  return { field: 100 + 4 * Math.ceil(ms / bucketMs.DAY), multiplier: buckets };
}

const OpenDeliveries = builder.objectRef<OpenCounts>('OpenDeliveries').implement({
  description: 'All outbound deliveries that have not ended, of any age.',
  fields: (t) => ({
    pending: t.exposeInt('pending', { description: 'Waiting for their first attempt.' }),
    sending: t.exposeInt('sending'),
    retrying: t.exposeInt('retrying', { description: 'Waiting for their next attempt.' }),
  }),
});

builder.queryFields((t) => ({
  openDeliveries: t.field({
    type: OpenDeliveries,
    description: 'The open deliveries of a webhook, of a project or of an organization.',
    authScopes: { permission: 'WEBHOOK_READ' },
    complexity: { field: 100 },
    args: { webhookId: t.arg.id(), projectId: t.arg.id(), organizationId: t.arg.id() },
    resolve: async (_root, args, context) => {
      const scope = await webhookScope(context, args);
      return context.loaders.once(`open ${JSON.stringify(scope)}`, () => context.services.openDeliveries(scope));
    },
  }),
  deliveryStats: t.field({
    type: [DeliveryBucket],
    description:
      'Whole buckets, oldest first, also those without deliveries. At most 1,440 minutes (of the last 48 hours), 744 hours or 400 days.',
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
      // Read once, even where an operation asks for it twice.
      return context.loaders.once(JSON.stringify(request), () => context.services.deliveryStats(request));
    },
  }),
}));
