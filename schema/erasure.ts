import { requireSomewhere } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { checkActionKey } from '../core/actions/actionKey.ts';
import type { ActorKind } from '../core/audit/audit.ts';
import { invalid, notFound } from '../core/ground/errors.ts';
import { filterLabels } from '../core/labels/label.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { endingWith } from './endingWith.ts';
import { PrincipalKind } from './enums.ts';
import { followedOne } from './followedOne.ts';
import { LabelInput } from './label.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, scopeFilter, scopeOf } from './scopeArgs.ts';

const ErasureState = builder.enumType('ErasureState', {
  description: 'How far an erasure is.',
  values: {
    RUNNING: { description: 'It erases, or waits for its turn.' },
    FINISHED: { description: 'Nothing is left of what it covers.' },
  },
});

const ErasureSelector = builder.enumType('ErasureSelector', {
  description: 'What an erasure selects events by.',
  values: {
    IDS: { description: 'The ids of events.' },
    LABELS: { description: 'Labels that events have.' },
  },
});

const Erasure = builder.prismaObject('Erasure', {
  description:
    'Takes the content of events away. It stays as the receipt: who, when and how many, and nothing of the content.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    state: t.expose('state', { type: ErasureState, description: 'How far it is.' }),
    selector: t.expose('selector', { type: ErasureSelector, description: 'What it selects by.' }),
    labelKeys: t.exposeStringList('labelKeys', {
      description: 'The keys of the labels that it selects by. Their values are not kept once it has finished.',
    }),
    erasedEvents: t.exposeInt('events', { description: 'Events whose content is gone.' }),
    erasedDeliveries: t.exposeInt('deliveries', { description: 'Deliveries of these events, whose content is gone.' }),
    cancelledDeliveries: t.exposeInt('cancelled', { description: 'Those of them that waited, and were cancelled.' }),
    principalKind: t.field({
      type: PrincipalKind,
      select: { principalKind: true },
      resolve: ({ principalKind }) => principalKind as ActorKind,
      description: 'The kind of who began it, as the audit log has it.',
    }),
    principalId: t.exposeString('principalId', { description: 'The id of who began it, unique in its kind.' }),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it had finished.' }),
  }),
});

findable('Erasure', {
  table: 'erasure',
  read: (context, query, ids) =>
    prismaOf(context).erasure.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'EVENT_ERASE'), { id: { in: ids } }] },
    }),
});

const ErasureEdge = builder.edgeObject({ name: 'ErasureEdge', type: Erasure });
const ErasureConnection = builder.connectionObject(
  { name: 'ErasureConnection', type: Erasure, ...edgesOnce },
  ErasureEdge,
);

const EraseEventsInput = builder.inputType('EraseEventsInput', {
  description: 'Either `ids` or `labels`.',
  fields: (t) => ({
    projectId: t.id({ description: 'Events of this project.' }),
    organizationId: t.id({ description: 'Events of this organization and of all its projects.' }),
    ids: t.idList({ required: false, description: '1 to 1,000 events of the scope.' }),
    labels: t.field({
      type: [LabelInput],
      required: false,
      description: 'Events that have all of these labels: those that exist now.',
    }),
    idempotencyKey: t.string({ description: 'Within 24 hours, a second call with the same key does nothing again.' }),
  }),
});

const EraseEventsPayload = builder.objectRef<{ erasureId: string }>('EraseEventsPayload').implement({
  description: 'The answer of `eraseEvents`.',
  fields: (t) => ({
    erasure: t.prismaField({
      type: Erasure,
      description: 'The erasure, which goes on in the background.',
      resolve: (query, { erasureId }, _args, context) =>
        prismaOf(context).erasure.findUniqueOrThrow({ ...query, where: { id: erasureId } }),
    }),
  }),
});

async function visibleErasure(context: Context, id: string, query: object = {}) {
  const where = { AND: [visible(context.principal, 'EVENT_ERASE'), { id: idArgument(id, 'erasure', 'id') }] };
  const erasure = await prismaOf(context).erasure.findFirst({ ...query, where });
  if (!erasure) throw notFound('erasure', 'id');
  return erasure;
}

builder.queryFields((t) => ({
  erasure: t.prismaField({
    type: Erasure,
    nullable: true,
    description: 'An erasure and how far it is: the receipt once it has finished.',
    authScopes: { permission: 'EVENT_ERASE' },
    args: { id: t.arg.id({ required: true, description: 'The erasure.' }) },
    resolve: (query, _root, args, context) => visibleErasure(context, args.id, query),
  }),
  erasures: t.prismaConnection(
    {
      type: Erasure,
      cursor: 'id',
      complexity: pageCost,
      description: 'Erasures, newest first.',
      authScopes: { permission: 'EVENT_ERASE' },
      args: {
        organizationId: t.arg.id({ description: 'Those of this organization.' }),
        projectId: t.arg.id({ description: 'Those of this project’s events alone.' }),
      },
      resolve: async (query, _root, args, context) =>
        prismaOf(context).erasure.findMany({
          ...query,
          where: { AND: [visible(context.principal, 'EVENT_ERASE'), await scopeFilter(context, args, 'EVENT_ERASE')] },
          orderBy: newestFirst,
        }),
    },
    ErasureConnection,
    ErasureEdge,
  ),
}));

builder.mutationFields((t) => ({
  eraseEvents: t.field({
    complexity: mutationCost,
    type: EraseEventsPayload,
    description:
      'Takes the content of events away, for good: `data`, `previous`, labels, idempotency keys, and what receivers answered. Deliveries that wait are cancelled; the others stay in the log without content. It cannot be stopped or undone. Needs the permission EVENT_ERASE.',
    args: { input: t.arg({ type: EraseEventsInput, required: true, description: 'Which events.' }) },
    resolve: async (_root, { input }, context) => {
      const { principal, services } = context;
      const scope = await scopeOf(context, input, 'input.');
      const { ids, labels } = input;
      if ((ids == null) === (labels == null)) {
        throw invalid('input', 'Name the events either by "ids" or by "labels".');
      }
      const selection = ids
        ? { kind: 'IDS' as const, ids: ids.map((id, index) => idArgument(id, 'event', `input.ids[${index}]`)) }
        : { kind: 'LABELS' as const, labels: filterLabels(labels ?? [], 'input.labels') };
      const key = checkActionKey(input.idempotencyKey, 'input.idempotencyKey');
      return { erasureId: await services.erasures.begin(principal, { scope, selection, key }) };
    },
  }),
}));

builder.subscriptionFields((t) => ({
  erasureProgress: t.field({
    type: Erasure,
    description: 'The present state of an erasure, and each change until it has finished.',
    authScopes: { permission: 'EVENT_ERASE' },
    args: { id: t.arg.id({ required: true, description: 'The erasure.' }) },
    subscribe: async (_root, args, context) => {
      const { id, organizationId } = await visibleErasure(context, args.id);
      const ending = new AbortController();
      return endingWith(context.services.erasureProgress({ id, organizationId }, ending.signal), ending);
    },
    resolve: (id, _args, context) => {
      requireSomewhere(context.principal, 'EVENT_ERASE');
      return followedOne(visibleErasure(context, id));
    },
  }),
}));
