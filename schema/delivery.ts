import { may, type Scope } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import type { DeliveryFilter } from '../core/listing/deliveryFilter.ts';
import { builder } from './builder.ts';
import { edgesOnce, pageCost, previewCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { deliveryFilters, deliveryPage, filterOf, replaysOf } from './deliveryLog.ts';
import { CancelCause, DeliveryStatus, Direction } from './enums.ts';
import { HttpRequest, requestCost } from './httpRequest.ts';
import { searchedUntil } from './listed.ts';
import { findable, Node } from './node.ts';
import { pageSize } from './page.ts';
import { idArgument, idOrNull, scopeFilter } from './scopeArgs.ts';

/**
 * What only readers of the delivery log are told. Whoever may only replay is answered with a delivery too, and learns from it
 * no more than how far it is.
 */
const ifReader = <T>(delivery: Scope, { principal }: Context, read: () => T): T | null =>
  may(principal, 'WEBHOOK_READ', delivery) ? read() : null;

export const Delivery = builder.prismaObject('Delivery', {
  description:
    'One event for one webhook. Without the permission WEBHOOK_READ only its progress is shown: the other fields are null or empty.',
  select: { id: true, eventId: true, organizationId: true, projectId: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    direction: t.expose('direction', { description: 'Whether Everhook sent it, or a tracker did.', type: Direction }),
    webhook: t.relation('webhook', {
      nullable: true,
      description: 'Null for a report of a tracker.',
      query: (_args, { principal }) => ({ where: visible(principal, 'WEBHOOK_READ') }),
    }),
    event: t.relation('event', {
      description: 'The event that it carries. Null for a report of a tracker, and where the event is no longer kept.',
      nullable: true,
      query: (_args, { principal }) => ({ where: visible(principal, 'WEBHOOK_READ') }),
    }),
    eventType: t.exposeString('eventType', { description: 'The type of its event, such as “task.created”.' }),
    status: t.expose('status', { description: 'How far it is.', type: DeliveryStatus }),
    statusReason: t.string({
      description: 'Why it has this status, in words; null where there is nothing to say.',
      nullable: true,
      select: { statusReason: true },
      resolve: (delivery, _args, context) => ifReader(delivery, context, () => delivery.statusReason),
    }),
    cancelledBy: t.field({
      type: CancelCause,
      nullable: true,
      description: 'Why it was cancelled. Null where it is not CANCELLED, and for deliveries of 0.1.0.',
      select: { cancelledBy: true, status: true },
      resolve: (delivery, _args, context) =>
        ifReader(delivery, context, () => (delivery.status === 'CANCELLED' ? delivery.cancelledBy : null)),
    }),
    attemptCount: t.exposeInt('attemptCount', { description: 'Attempts made so far, also those under way.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      description: 'When its next attempt is due; null where none is to come.',
      type: 'DateTime',
      nullable: true,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    completedAt: t.expose('completedAt', {
      description: 'When it ended: delivered, failed or cancelled. Null while it is open.',
      type: 'DateTime',
      nullable: true,
    }),
    responseCode: t.int({
      nullable: true,
      description: 'The response code of the last attempt; for a report of a tracker, the code that Everhook answered.',
      select: { responseCode: true },
      resolve: (delivery, _args, context) => ifReader(delivery, context, () => delivery.responseCode),
    }),
    noReplayBecause: t.string({
      nullable: true,
      description: 'Why nobody can replay it; null where it can be replayed.',
      select: { direction: true, erasedAt: true },
      resolve: ({ direction, erasedAt }) =>
        direction === 'INBOUND'
          ? 'Only a digest of a tracker’s report is kept, so nobody can sign in its place: let the tracker send it again.'
          : erasedAt !== null
            ? 'Its event was erased: publish it anew.'
            : null,
    }),
    responseTime: t.field({
      type: 'Duration',
      nullable: true,
      description: 'The response time of the last attempt.',
      select: { responseTimeMs: true },
      resolve: (delivery, _args, context) => ifReader(delivery, context, () => delivery.responseTimeMs),
    }),
    payloadPreview: t.string({
      nullable: true,
      complexity: previewCost,
      description: 'The beginning of the event’s data.',
      resolve: (delivery, _args, context) =>
        ifReader(delivery, context, () =>
          delivery.eventId === null ? null : context.loaders.eventPreview(delivery.eventId),
        ),
    }),
    payloadDigest: t.field({
      type: 'String',
      nullable: true,
      description: 'SHA-256 in hexadecimal, where only the digest is kept.',
      select: { payloadDigest: true },
      resolve: (delivery, _args, context) =>
        ifReader(delivery, context, () =>
          delivery.payloadDigest === null ? null : Buffer.from(delivery.payloadDigest).toString('hex'),
        ),
    }),
    request: t.field({
      type: HttpRequest,
      nullable: true,
      description: 'The request of the last attempt that sent one.',
      complexity: requestCost,
      resolve: (delivery, _args, context) => ifReader(delivery, context, () => context.loaders.request(delivery.id)),
    }),
    attempts: t.relation('attempts', {
      description: 'All its attempts, the first one first.',
      query: (_args, { principal }) => ({
        where: { delivery: visible(principal, 'WEBHOOK_READ') },
        orderBy: { number: 'asc' },
      }),
    }),
    replayOf: t.relation('replayOf', {
      description: 'The delivery that this one repeats; null where it is the first.',
      nullable: true,
      query: (_args, { principal }) => ({ where: visible(principal, 'WEBHOOK_READ') }),
    }),
    isTest: t.exposeBoolean('isTest', {
      description: 'Whether it is a test, which counts neither for health nor in statistics.',
    }),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    cursor: t.string({
      nullable: true,
      description: 'Set only by `deliveryUpdated`: pass it as `after` to continue after this change.',
      resolve: (delivery) => (delivery as { cursor?: string }).cursor ?? null,
    }),
  }),
});

builder.prismaObjectFields(Delivery, (t) => ({
  replays: t.field({
    type: [Delivery],
    description: 'The latest 100 deliveries that repeat this one, newest first.',
    complexity: { field: 1, multiplier: pageSize.max },
    resolve: (delivery, _args, context, info) => replaysOf(delivery, context, info),
  }),
}));

findable('Delivery', {
  table: 'delivery',
  read: (context, query, ids) =>
    prismaOf(context).delivery.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

export const DeliveryEdge = builder.edgeObject({ name: 'DeliveryEdge', type: Delivery });
export const DeliveryConnection = builder.connectionObject(
  {
    name: 'DeliveryConnection',
    type: Delivery,
    ...edgesOnce,
    fields: (t) => ({
      searchedUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: searchedUntil.description,
        resolve: searchedUntil.of,
      }),
    }),
  },
  DeliveryEdge,
);

builder.queryFields((t) => ({
  delivery: t.prismaField({
    description: 'One delivery.',
    type: Delivery,
    nullable: true,
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const id = idArgument(args.id, 'delivery', 'id');
      const where = { AND: [visible(context.principal, 'WEBHOOK_READ'), { id }] };
      const delivery = await prismaOf(context).delivery.findFirst({ ...query, where });
      if (!delivery) throw notFound('delivery', 'id');
      return delivery;
    },
  }),
  deliveries: t.connection(
    {
      type: Delivery,
      complexity: pageCost,
      description:
        'The delivery log, newest first. What is rare by any one filter is found at once; where filters are common and never occur together, `searchedUntil` says how far the page looked.',
      authScopes: { permission: 'WEBHOOK_READ' },
      args: {
        webhookId: t.arg.id(),
        projectId: t.arg.id({ description: 'Deliveries of the project’s own webhooks, and its tracker’s reports.' }),
        organizationId: t.arg.id(),
        eventId: t.arg.id({ description: 'Deliveries of this event, and its replays.' }),
        direction: t.arg({ description: 'Only what Everhook sent, or only what trackers did.', type: Direction }),
        ...deliveryFilters,
      },
      resolve: async (_root, args, context, info) => {
        const narrowed = await scopeFilter(context, args, 'WEBHOOK_READ');
        const webhookId = idOrNull(args.webhookId, 'webhook', 'webhookId');
        const filter: DeliveryFilter = {
          ...filterOf(args),
          webhook: webhookId === null ? undefined : await webhookOf(context, webhookId),
          eventId: idOrNull(args.eventId, 'event', 'eventId') ?? undefined,
          direction: args.direction ?? undefined,
        };
        return deliveryPage(args, filter, narrowed, context, info);
      },
    },
    DeliveryConnection,
    DeliveryEdge,
  ),
}));

const webhookOf = async ({ services, principal }: Context, id: string) => ({
  id,
  ...(await services.webhooks.scopeOf(principal, id)),
});
