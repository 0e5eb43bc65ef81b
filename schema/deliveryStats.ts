import { may } from '../core/access/permissions.ts';
import { filterLabels } from '../core/labels/label.ts';
import type { DeliveryBucket as Counted } from '../core/stats/deliveryStats.ts';
import type { OpenCounts } from '../core/stats/openDeliveries.ts';
import { maxLookedAt } from '../core/stats/openRows.ts';
import { builder } from './builder.ts';
import { texts } from './enums.ts';
import { LabelInput } from './label.ts';
import { webhookScope } from './webhookScope.ts';

type BucketName = 'MINUTE' | 'HOUR' | 'DAY';

const bucketMs: Readonly<Record<BucketName, number>> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

const Bucket = builder.enumType('Bucket', {
  description: 'How long the buckets of statistics are, in UTC.',
  values: texts<BucketName>({
    MINUTE: 'One minute: within the last 48 hours.',
    HOUR: 'One hour, from its beginning.',
    DAY: 'One day, from midnight.',
  }),
});

const DeliveryBucket = builder.objectRef<Counted>('DeliveryBucket').implement({
  description: 'The outbound deliveries created in one period, by their present status.',
  fields: (t) => ({
    from: t.field({ description: 'When the bucket begins.', type: 'DateTime', resolve: ({ from }) => from }),
    total: t.int({
      description: 'All of them, whatever their status.',
      resolve: (each) =>
        each.pending + each.sending + each.retrying + each.held + each.delivered + each.failed + each.cancelled,
    }),
    pending: t.exposeInt('pending', { description: 'Waiting for their first attempt.' }),
    sending: t.exposeInt('sending', { description: 'With an attempt under way.' }),
    retrying: t.exposeInt('retrying', { description: 'Waiting for their next attempt.' }),
    held: t.exposeInt('held', { description: 'Held by a paused webhook.' }),
    delivered: t.exposeInt('delivered', { description: 'Accepted by their receivers.' }),
    failed: t.exposeInt('failed', { description: 'Given up after their last attempt.' }),
    cancelled: t.exposeInt('cancelled', {
      description: 'Ended before they arrived, because their webhook was stopped or somebody cancelled them.',
    }),
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
    responseTimeP95: t.field({
      description: 'As responseTimeP50, for the slowest twentieth.',
      type: 'Duration',
      nullable: true,
      resolve: ({ p95Ms }) => p95Ms,
    }),
    isAtLeast: t.exposeBoolean('isAtLeast', {
      description: `Whether counting what has not ended stopped early, at about ${maxLookedAt.toLocaleString('en')} in one state: then so many or more are \`pending\`, \`sending\`, \`retrying\` and \`held\`.`,
    }),
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
    sending: t.exposeInt('sending', { description: 'With an attempt under way.' }),
    retrying: t.exposeInt('retrying', { description: 'Waiting for their next attempt.' }),
    held: t.exposeInt('held', { description: 'Held by a paused webhook.' }),
    isAtLeast: t.exposeBoolean('isAtLeast', {
      description: `Whether counting stopped early, at about ${maxLookedAt.toLocaleString('en')} in one state: then there are so many or more.`,
    }),
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
      from: t.arg({
        description: 'The first bucket is the one that this time lies in.',
        type: 'DateTime',
        required: true,
      }),
      to: t.arg({ description: 'Buckets that begin before this time.', type: 'DateTime', required: true }),
      bucket: t.arg({ description: 'How long each bucket is.', type: Bucket, required: true }),
      labels: t.arg({
        type: [LabelInput],
        description:
          'Only deliveries of events that have all of these. They are counted one by one, so within retention, and at most 100,000 are looked at in the time asked for: ' +
          'those with the rarest of the labels or, where there are more, all of the webhook or project. A principal that does not see the whole organization gets the latter only.',
      }),
    },
    resolve: async (_root, args, context) => {
      const scope = await webhookScope(context, args);
      const labels = filterLabels(args.labels ?? [], 'labels');
      const seesOrganization = may(context.principal, 'WEBHOOK_READ', { ...scope, projectId: null });
      const request = { ...scope, from: args.from, to: args.to, bucket: args.bucket, labels, seesOrganization };
      // Read once, even where an operation asks for it twice.
      return context.loaders.once(JSON.stringify(request), () => context.services.deliveryStats(request));
    },
  }),
}));
