import { checkActionKey } from '../core/actions/actionKey.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { deliveryById } from './rows.ts';
import { idArgument } from './scopeArgs.ts';

const keyDescription = 'Within 24 hours, a second call with the same key does nothing again.';

const deliveryPayload = (name: string) =>
  builder.objectRef<{ deliveryId: string }>(name).implement({
    fields: (t) => ({
      delivery: t.prismaField({
        type: Delivery,
        resolve: (query, { deliveryId }, _args, context) => deliveryById(query, deliveryId, context),
      }),
    }),
  });

const RetryDeliveryPayload = deliveryPayload('RetryDeliveryPayload');
const ReplayDeliveryPayload = deliveryPayload('ReplayDeliveryPayload');

const BulkReplayDeliveriesPayload = builder
  .objectRef<{ deliveryIds: readonly string[]; skippedInboundIds: readonly string[] }>('BulkReplayDeliveriesPayload')
  .implement({
    fields: (t) => ({
      deliveries: t.prismaField({
        type: [Delivery],
        description: 'The new deliveries, in the order of the given ids.',
        complexity: { multiplier: 100 },
        resolve: async (query, { deliveryIds }, _args, context) => {
          const where = { id: { in: [...deliveryIds] } };
          const rows = await prismaOf(context).delivery.findMany({ ...query, where });
          const place = new Map(deliveryIds.map((id, index) => [id, index]));
          return rows.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
        },
      }),
      skippedInboundIds: t.idList({
        description: 'Inbound deliveries cannot be replayed.',
        resolve: ({ skippedInboundIds }) => [...skippedInboundIds],
      }),
    }),
  });

builder.mutationFields((t) => ({
  retryDelivery: t.field({
    complexity: mutationCost,
    type: RetryDeliveryPayload,
    description: 'Attempts a waiting delivery now. It keeps its place in the schedule.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, args, { principal, services }) => {
      const deliveryId = idArgument(args.id, 'delivery', 'id');
      await services.retryDelivery(principal, deliveryId);
      return { deliveryId };
    },
  }),
  replayDelivery: t.field({
    complexity: mutationCost,
    type: ReplayDeliveryPayload,
    description: 'Sends a delivery’s event again as a new delivery.',
    args: { id: t.arg.id({ required: true }), idempotencyKey: t.arg.string({ description: keyDescription }) },
    resolve: async (_root, args, { principal, services }) => {
      const id = idArgument(args.id, 'delivery', 'id');
      const key = checkActionKey(args.idempotencyKey);
      return { deliveryId: await services.replays.replay(principal, id, key) };
    },
  }),
  bulkReplayDeliveries: t.field({
    complexity: mutationCost,
    type: BulkReplayDeliveriesPayload,
    description: 'Replays up to 100 deliveries, all or none. A repeated id counts once.',
    args: { ids: t.arg.idList({ required: true }), idempotencyKey: t.arg.string({ description: keyDescription }) },
    resolve: (_root, args, { principal, services }) => {
      const ids = args.ids.map((id, index) => idArgument(id, 'delivery', `ids[${index}]`));
      return services.replays.bulkReplay(principal, ids, checkActionKey(args.idempotencyKey));
    },
  }),
}));
