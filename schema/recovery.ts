import { may, requireSomewhere } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { checkActionKey } from '../core/actions/actionKey.ts';
import { notFound } from '../core/ground/errors.ts';
import * as stored from '../core/store/prisma/enums.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { endingWith } from './endingWith.ts';
import { idInput } from './inputs.ts';
import { idArgument } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

const RecoveryState = builder.enumType(stored.RecoveryState, { name: 'RecoveryState' });

const Recovery = builder.prismaObject('Recovery', {
  description: 'Replays the FAILED and CANCELLED deliveries of a webhook that were created in a period.',
  fields: (t) => ({
    id: t.exposeID('id'),
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'Null for principals that may not read it.',
      select: (_args, _context, nestedSelection) => ({
        organizationId: true,
        projectId: true,
        webhook: nestedSelection(),
      }),
      resolve: (recovery, _args, { principal }) => (may(principal, 'WEBHOOK_READ', recovery) ? recovery.webhook : null),
    }),
    since: t.expose('since', { type: 'DateTime' }),
    until: t.expose('until', { type: 'DateTime' }),
    state: t.expose('state', { type: RecoveryState }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was cancelled.' }),
    total: t.exposeInt('total', { description: 'The number of deliveries to replay when it began.' }),
    replayed: t.exposeInt('replayed'),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
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

const RecoverDeliveriesInput = builder.inputType('RecoverDeliveriesInput', {
  fields: (t) => ({
    webhookId: t.id({ required: true }),
    since: t.field({ type: 'DateTime', required: true, description: 'Deliveries created at this time or later.' }),
    until: t.field({ type: 'DateTime', description: 'Deliveries created before this time. Default: now.' }),
    idempotencyKey: t.string({ description: 'Within 24 hours, a second call with the same key does nothing again.' }),
  }),
});

const CancelRecoveryInput = idInput('CancelRecoveryInput', 'The recovery to end.');

async function visibleRecovery(context: Context, id: string, query: object = {}) {
  const where = { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: idArgument(id, 'recovery', 'id') }] };
  const recovery = await prismaOf(context).recovery.findFirst({ ...query, where });
  if (!recovery) throw notFound('recovery', 'id');
  return recovery;
}

builder.queryFields((t) => ({
  recovery: t.prismaField({
    type: Recovery,
    nullable: true,
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, args, context) => visibleRecovery(context, args.id, query),
  }),
}));

builder.mutationFields((t) => ({
  recoverDeliveries: t.field({
    complexity: mutationCost,
    type: RecoverDeliveriesPayload,
    description:
      'Replays all FAILED or CANCELLED deliveries of a webhook since a time, at a pace that leaves room for other webhooks.',
    args: { input: t.arg({ type: RecoverDeliveriesInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => ({
      recoveryId: await services.recoveries.begin(principal, {
        webhookId: idArgument(input.webhookId, 'webhook', 'input.webhookId'),
        since: input.since,
        until: input.until ?? null,
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
      return visibleRecovery(context, id);
    },
  }),
}));
