import { checkActionKey } from '../core/actions/actionKey.ts';
import type { Cancelled } from '../core/deliveries/cancel.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { idInput } from './inputs.ts';
import { deliveryById } from './rows.ts';
import { idArgument } from './scopeArgs.ts';

const keyDescription = 'Within 24 hours, a second call with the same key does nothing again.';

const RetryDeliveryInput = idInput('RetryDeliveryInput', 'The delivery to attempt now.');

const ReplayDeliveryInput = builder.inputType('ReplayDeliveryInput', {
  fields: (t) => ({
    id: t.id({ required: true, description: 'The delivery whose event to send again.' }),
    idempotencyKey: t.string({ description: keyDescription }),
  }),
});

const BulkReplayDeliveriesInput = builder.inputType('BulkReplayDeliveriesInput', {
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'Up to 100 deliveries. A repeated id counts once.' }),
    idempotencyKey: t.string({ description: keyDescription }),
  }),
});

const CancelDeliveryInput = idInput('CancelDeliveryInput', 'The waiting delivery to cancel.');

const CancelDeliveriesInput = builder.inputType('CancelDeliveriesInput', {
  description: 'The input of `cancelDeliveries`.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'Up to 100 deliveries. A repeated id counts once.' }),
  }),
});

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
const CancelDeliveryPayload = deliveryPayload('CancelDeliveryPayload');
const ReplayDeliveryPayload = deliveryPayload('ReplayDeliveryPayload');

/** Rows of deliveries in the order of their ids. */
async function inOrder(context: Context, query: object, ids: readonly string[]) {
  const rows = await prismaOf(context).delivery.findMany({ ...query, where: { id: { in: [...ids] } } });
  const place = new Map(ids.map((id, index) => [id, index]));
  return rows.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
}

const CancelDeliveriesPayload = builder.objectRef<Cancelled>('CancelDeliveriesPayload').implement({
  description: 'The answer of `cancelDeliveries`.',
  fields: (t) => ({
    deliveries: t.prismaField({
      type: [Delivery],
      description: 'Those that were cancelled, in the order of the given ids.',
      complexity: { multiplier: 100 },
      resolve: (query, { cancelledIds }, _args, context) => inOrder(context, query, cancelledIds),
    }),
    skippedIds: t.idList({
      description: 'Those that were not waiting: they were being sent, or had ended.',
      resolve: ({ skippedIds }) => [...skippedIds],
    }),
  }),
});

const BulkReplayDeliveriesPayload = builder
  .objectRef<{ deliveryIds: readonly string[]; skippedInboundIds: readonly string[] }>('BulkReplayDeliveriesPayload')
  .implement({
    fields: (t) => ({
      deliveries: t.prismaField({
        type: [Delivery],
        description: 'The new deliveries, in the order of the given ids.',
        complexity: { multiplier: 100 },
        resolve: (query, { deliveryIds }, _args, context) => inOrder(context, query, deliveryIds),
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
    args: { input: t.arg({ type: RetryDeliveryInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const deliveryId = idArgument(input.id, 'delivery', 'input.id');
      await services.retryDelivery(principal, deliveryId);
      return { deliveryId };
    },
  }),
  cancelDelivery: t.field({
    complexity: mutationCost,
    type: CancelDeliveryPayload,
    description:
      'Cancels a delivery that waits for an attempt. One that is being sent or has ended is refused. A recovery does not send it again; a replay does.',
    args: { input: t.arg({ type: CancelDeliveryInput, required: true, description: 'The delivery.' }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const deliveryId = idArgument(input.id, 'delivery', 'input.id');
      await services.cancelDeliveries.one(principal, deliveryId);
      return { deliveryId };
    },
  }),
  cancelDeliveries: t.field({
    complexity: mutationCost,
    type: CancelDeliveriesPayload,
    description: 'Cancels those of up to 100 deliveries that wait for an attempt, and names the others.',
    args: { input: t.arg({ type: CancelDeliveriesInput, required: true, description: 'The deliveries.' }) },
    resolve: (_root, { input }, { principal, services }) => {
      const ids = input.ids.map((id, index) => idArgument(id, 'delivery', `input.ids[${index}]`));
      return services.cancelDeliveries.several(principal, ids);
    },
  }),
  replayDelivery: t.field({
    complexity: mutationCost,
    type: ReplayDeliveryPayload,
    description: 'Sends a delivery’s event again as a new delivery.',
    args: { input: t.arg({ type: ReplayDeliveryInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const id = idArgument(input.id, 'delivery', 'input.id');
      const key = checkActionKey(input.idempotencyKey);
      return { deliveryId: await services.replays.replay(principal, id, key) };
    },
  }),
  bulkReplayDeliveries: t.field({
    complexity: mutationCost,
    type: BulkReplayDeliveriesPayload,
    description: 'Replays up to 100 deliveries, all or none. A repeated id counts once.',
    args: { input: t.arg({ type: BulkReplayDeliveriesInput, required: true }) },
    resolve: (_root, { input }, { principal, services }) => {
      const ids = input.ids.map((id, index) => idArgument(id, 'delivery', `input.ids[${index}]`));
      return services.replays.bulkReplay(principal, ids, checkActionKey(input.idempotencyKey));
    },
  }),
}));
