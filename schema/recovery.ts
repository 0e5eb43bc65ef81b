import { may, requireSomewhere, type Scope } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { checkActionKey } from '../core/actions/actionKey.ts';
import { invalid, notFound } from '../core/ground/errors.ts';
import * as counted from '../core/recoveries/recoverable.ts';
import type { RecoveryRequest } from '../core/recoveries/recoveries.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { DeliveryFilter, logFilterOf } from './deliveryFilter.ts';
import { endingWith } from './endingWith.ts';
import { followedOne } from './followedOne.ts';
import { idInput } from './inputs.ts';
import { findable, Node } from './node.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

const RecoveryState = builder.enumType('RecoveryState', {
  description: 'How far a recovery is.',
  values: {
    RUNNING: { description: 'It sends, or waits for its turn.' },
    FINISHED: { description: 'It has handled everything that it covers.' },
    CANCELLED: { description: 'It was ended before, for the reason that it names.' },
  },
});

const RecoveryKind = builder.enumType('RecoveryKind', {
  description: 'What a recovery sends.',
  values: {
    FAILED: { description: 'Deliveries that failed for good.' },
    CANCELLED: {
      description:
        'Deliveries that were cancelled by the state of their webhook: inactive, disabled, or not taking their type. Never those that a person cancelled.',
    },
    MISSED: {
      description:
        'Events that a webhook would have got had it been there, active and well: those of its scope and types that have no delivery for it. They become new deliveries.',
    },
  },
});

const Recovery = builder.prismaObject('Recovery', {
  description:
    'Sends again what FAILED or was CANCELLED in a period, and the events that webhooks MISSED, the oldest first.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'Null for a recovery of many webhooks, and for principals that may not read it.',
      select: (_args, _context, nestedSelection) => ({
        organizationId: true,
        projectId: true,
        webhook: nestedSelection(),
      }),
      resolve: (recovery, _args, { principal }) => (may(principal, 'WEBHOOK_READ', recovery) ? recovery.webhook : null),
    }),
    since: t.expose('since', {
      type: 'DateTime',
      nullable: true,
      description: 'Deliveries and events created at this time or later; null: from the beginning of the log.',
    }),
    until: t.expose('until', {
      type: 'DateTime',
      description: 'Deliveries and events created before this time: never later than when it began.',
    }),
    include: t.expose('include', { type: [RecoveryKind], description: 'What it sends.' }),
    state: t.expose('state', { type: RecoveryState, description: 'How far it is.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was cancelled.' }),
    total: t.exposeInt('total', { description: 'The number of deliveries to make when it began.' }),
    totalIsAtLeast: t.exposeBoolean('totalIsAtLeast', {
      description: 'Whether counting stopped at a bound: there were `total` or more.',
    }),
    recovered: t.exposeInt('recovered', { description: 'The number of deliveries that it has made.' }),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
  }),
});

findable('Recovery', {
  table: 'recovery',
  read: (context, query, ids) =>
    prismaOf(context).recovery.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

const recoveryById = (query: object, id: string, context: Context) =>
  prismaOf(context).recovery.findUniqueOrThrow({ ...query, where: { id } });

const payloadOf = (name: string) =>
  builder.objectRef<{ recoveryId: string }>(name).implement({
    fields: (t) => ({
      recovery: t.prismaField({
        type: Recovery,
        resolve: (query, { recoveryId }, _args, context) => recoveryById(query, recoveryId, context),
      }),
    }),
  });

const RecoverDeliveriesPayload = payloadOf('RecoverDeliveriesPayload');
const CancelRecoveryPayload = payloadOf('CancelRecoveryPayload');

const everything = ['FAILED', 'CANCELLED', 'MISSED'] as const;

const RecoverDeliveriesInput = builder.inputType('RecoverDeliveriesInput', {
  description: 'What to recover: give `webhookId` or `filter`.',
  fields: (t) => ({
    webhookId: t.id({ description: 'The one webhook to recover.' }),
    filter: t.field({
      type: DeliveryFilter,
      description:
        'Conditions of the delivery log: whatever they match is recovered, over many webhooks. Webhooks that get no events now are left out. An empty filter: everything in the scope of the caller. Events count as MISSED where the filter has no condition that only deliveries can meet (`statuses`, `responseCode`).',
    }),
    since: t.field({
      type: 'DateTime',
      description: 'Deliveries and events created at this time or later. Default: from the beginning of the log.',
    }),
    until: t.field({
      type: 'DateTime',
      description: 'Deliveries and events created before this time. Default: now. A time in the future counts as now.',
    }),
    include: t.field({ type: [RecoveryKind], description: 'What to send. Default: all kinds.' }),
    idempotencyKey: t.string({ description: 'Within 24 hours, a second call with the same key does nothing again.' }),
  }),
});

const CancelRecoveryInput = idInput('CancelRecoveryInput', 'The recovery to end.');

const RecoverableInput = builder.inputType('RecoverableInput', {
  description: 'As in `recoverDeliveries`: give `webhookId` or `filter`.',
  fields: (t) => ({
    webhookId: t.id({ description: 'The one webhook.' }),
    filter: t.field({ type: DeliveryFilter, description: 'Conditions of the delivery log.' }),
    since: t.field({ type: 'DateTime', description: 'Deliveries and events created at this time or later.' }),
    until: t.field({
      type: 'DateTime',
      description: 'Deliveries and events created before this time. Default: now. A time in the future counts as now.',
    }),
    include: t.field({ type: [RecoveryKind], description: 'What to count. Default: all kinds.' }),
  }),
});

const Recoverable = builder.objectRef<counted.Recoverable>('Recoverable').implement({
  description: 'What a recovery would send now.',
  fields: (t) => ({
    total: t.int({ description: 'All kinds together.', resolve: counted.totalOf }),
    failed: t.exposeInt('failed', { description: 'Deliveries that FAILED.' }),
    cancelled: t.exposeInt('cancelled', {
      description: 'Deliveries that were CANCELLED by the state of their webhook.',
    }),
    missed: t.exposeInt('missed', { description: 'Events that a webhook MISSED, counted for each webhook.' }),
    isAtLeast: t.exposeBoolean('isAtLeast', {
      description: `Whether counting stopped early, at about ${counted.maxCounted} of a kind or for lack of time: then there are so many or more.`,
    }),
  }),
});

type RecoverableInput = typeof RecoverableInput.$inferInput;

async function requestOf(context: Context, input: RecoverableInput): Promise<RecoveryRequest> {
  const { webhookId, filter } = input;
  if ((webhookId == null) === (filter == null)) {
    throw invalid('input.webhookId', 'Give either "webhookId" or "filter": an empty filter covers all webhooks.');
  }
  const { from, to, webhookId: filtered, ...rest } = filter ?? {};
  const one = webhookId ?? filtered;
  const field = webhookId == null ? 'input.filter.webhookId' : 'input.webhookId';
  const named = rest.organizationId != null || rest.projectId != null;
  const scope = one == null || named ? await scopeOf(context, rest, 'input.filter.') : null;
  const of =
    one == null
      ? { ...(scope as Scope), field: 'input.filter' }
      : { webhookId: idArgument(one, 'webhook', field), within: scope, field };
  const include = input.include == null ? everything : everything.filter((kind) => input.include?.includes(kind));
  if (include.length === 0) throw invalid('input.include', 'Name at least one kind, or leave this out for all.');
  return {
    of,
    since: latest(input.since, from),
    until: earliest(input.until, to),
    include,
    filter: logFilterOf(rest, 'input.filter.'),
  };
}

const times = (a: Date | null | undefined, b: Date | null | undefined) => [a, b].filter((time) => time != null);
const latest = (...[a, b]: Parameters<typeof times>) =>
  times(a, b).sort((x, y) => y.getTime() - x.getTime())[0] ?? null;
const earliest = (...[a, b]: Parameters<typeof times>) =>
  times(a, b).sort((x, y) => x.getTime() - y.getTime())[0] ?? null;

async function visibleRecovery(context: Context, id: string, query: object = {}) {
  const where = { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: idArgument(id, 'recovery', 'id') }] };
  const recovery = await prismaOf(context).recovery.findFirst({ ...query, where });
  if (!recovery) throw notFound('recovery', 'id');
  return recovery;
}

builder.queryFields((t) => ({
  recovery: t.prismaField({
    description: 'One recovery.',
    type: Recovery,
    nullable: true,
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, args, context) => visibleRecovery(context, args.id, query),
  }),
  recoverable: t.field({
    type: Recoverable,
    complexity: { field: 100, multiplier: 1 },
    description: 'Counts what `recoverDeliveries` would send now, by the same input.',
    authScopes: { permission: 'DELIVERY_REPLAY' },
    args: { input: t.arg({ type: RecoverableInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      context.services.recoveries.count(context.principal, await requestOf(context, input)),
  }),
}));

builder.mutationFields((t) => ({
  recoverDeliveries: t.field({
    complexity: mutationCost,
    type: RecoverDeliveriesPayload,
    description:
      'Sends what a webhook, or whatever a filter of the delivery log matches, did not receive: FAILED and CANCELLED deliveries again, and MISSED events for the first time. The oldest goes first, at a pace that leaves room for others. What is delivered meanwhile is left out, so running it twice sends nothing twice.',
    args: { input: t.arg({ type: RecoverDeliveriesInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      recoveryId: await context.services.recoveries.begin(context.principal, {
        ...(await requestOf(context, input)),
        key: checkActionKey(input.idempotencyKey),
      }),
    }),
  }),
  cancelRecovery: t.field({
    complexity: mutationCost,
    type: CancelRecoveryPayload,
    description: 'Ends a recovery. Deliveries that it has already replayed still go out.',
    args: { input: t.arg({ type: CancelRecoveryInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const recoveryId = idArgument(input.id, 'recovery', 'input.id');
      await services.recoveries.cancel(principal, recoveryId);
      return { recoveryId };
    },
  }),
}));

builder.subscriptionFields((t) => ({
  recoveryProgress: t.field({
    type: Recovery,
    description: 'The present state of a recovery, and each change until it has ended.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    subscribe: async (_root, args, context) => {
      const { id, organizationId } = await visibleRecovery(context, args.id);
      const ending = new AbortController();
      return endingWith(context.services.recoveryProgress({ id, organizationId }, ending.signal), ending);
    },
    resolve: (id, _args, context) => {
      requireSomewhere(context.principal, 'WEBHOOK_READ');
      return followedOne(visibleRecovery(context, id));
    },
  }),
}));
