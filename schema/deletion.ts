import { notFound } from '../core/ground/errors.ts';
import type * as stored from '../core/store/prisma/enums.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { endingWith } from './endingWith.ts';
import { PrincipalKind } from './enums.ts';
import { followedOne } from './followedOne.ts';
import { findable, Node } from './node.ts';
import { projectArgument } from './projectArgument.ts';
import { idArgument } from './scopeArgs.ts';

const DeletionKind = builder.enumType('DeletionKind', {
  description: 'What is deleted.',
  values: {
    ORGANIZATION: { description: 'An organization, with everything in it.' },
    PROJECT: { description: 'One project of an organization, with everything in it.' },
  },
});

const DeletionState = builder.enumType('DeletionState', {
  description: 'How far a deletion is.',
  values: {
    STOPPING: { description: 'Nothing new leaves. Waiting deliveries are cancelled, and requests under way end.' },
    REMOVING: { description: 'The rows are taken away, in batches.' },
    FINISHED: { description: 'Nothing is left but this receipt and the audit log.' },
  } satisfies Record<stored.DeletionState, object>,
});

const RemovedRows = builder.objectRef<{ table: string; count: number }>('RemovedRows').implement({
  description: 'How many rows of one table a deletion has taken away.',
  fields: (t) => ({
    table: t.exposeString('table', { description: 'The table’s name, such as “delivery”.' }),
    count: t.exposeInt('count', { description: 'The number of its rows that are gone.' }),
  }),
});

const Deletion = builder.prismaObject('Deletion', {
  interfaces: [Node],
  description:
    'The deletion of an organization or a project: its progress, and then its receipt. It holds no content of what was deleted, and no name.',
  fields: (t) => ({
    id: t.exposeID('id'),
    kind: t.expose('kind', { type: DeletionKind, description: 'What is deleted.' }),
    organizationId: t.exposeID('organizationId', { description: 'The organization, or that of the project.' }),
    projectId: t.exposeID('projectId', { nullable: true, description: 'The project; null for an organization.' }),
    state: t.expose('state', { type: DeletionState, description: 'How far it is.' }),
    removed: t.field({
      type: [RemovedRows],
      description: 'The rows that are gone so far, by table.',
      select: { removed: true },
      resolve: ({ removed }) =>
        Object.entries(removed as Record<string, number>)
          .filter(([, count]) => count > 0)
          .map(([table, count]) => ({ table, count })),
    }),
    principalKind: t.field({
      type: PrincipalKind,
      description: 'The kind of principal that began it.',
      select: { principalKind: true },
      resolve: ({ principalKind }) => principalKind as 'OPERATOR' | 'API_KEY' | 'USER' | 'PORTAL',
    }),
    principalId: t.exposeString('principalId', { description: 'That principal’s id: a key’s id, or a user’s “sub”.' }),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    startedAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when nothing of it is served or sent.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When everything was gone; null until then.',
    }),
  }),
});

findable('Deletion', {
  table: 'deletion',
  async read(context, { select }, ids) {
    const where = { id: { in: ids } };
    const rows = await prismaOf(context).deletion.findMany({ where, select: readable });
    const { visible } = context.services.deletions;
    const seen = rows.filter((row) => visible(context.principal, row)).map(({ id }) => id);
    return prismaOf(context).deletion.findMany({ select, where: { id: { in: seen } } });
  },
});

/** What decides who may read one. */
const readable = { id: true, organizationId: true, projectId: true, principalKind: true, principalId: true } as const;

async function visibleDeletion(context: Context, given: string) {
  const id = idArgument(given, 'deletion', 'id');
  const deletion = await prismaOf(context).deletion.findUnique({
    where: { id },
    select: readable,
  });
  if (!deletion || !context.services.deletions.visible(context.principal, deletion)) throw notFound('deletion', 'id');
  return deletion;
}

const payloadOf = (name: string, description: string) =>
  builder.objectRef<{ deletionId: string }>(name).implement({
    description,
    fields: (t) => ({
      deletion: t.prismaField({
        type: Deletion,
        description: 'Follow it by “deletionProgress”.',
        resolve: (query, { deletionId }, _args, context) =>
          prismaOf(context).deletion.findUniqueOrThrow({ ...query, where: { id: deletionId } }),
      }),
    }),
  });

const DeleteOrganizationPayload = payloadOf('DeleteOrganizationPayload', 'The deletion of an organization.');
const DeleteProjectPayload = payloadOf('DeleteProjectPayload', 'The deletion of a project.');

const DeleteOrganizationInput = builder.inputType('DeleteOrganizationInput', {
  description: 'Which organization to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The organization’s id.' }),
    name: t.string({ description: 'Guards against a wrong id: if given, it must be the organization’s present name.' }),
  }),
});
const DeleteProjectInput = builder.inputType('DeleteProjectInput', {
  description: 'Which project to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The project’s id.' }),
    name: t.string({ description: 'Guards against a wrong id: if given, it must be the project’s present name.' }),
  }),
});

builder.queryFields((t) => ({
  deletion: t.prismaField({
    type: Deletion,
    nullable: true,
    description:
      'The deletion of an organization or a project. The operator may read it, the person who began it, and for a project whoever manages its organization.',
    args: { id: t.arg.id({ required: true, description: 'The deletion’s id.' }) },
    resolve: async (query, _root, args, context) => {
      const { id } = await visibleDeletion(context, args.id);
      return prismaOf(context).deletion.findUniqueOrThrow({ ...query, where: { id } });
    },
  }),
}));

builder.mutationFields((t) => ({
  deleteOrganization: t.field({
    complexity: mutationCost,
    type: DeleteOrganizationPayload,
    description:
      'Deletes an organization with everything in it. Owners and the operator may. Its credentials end and nothing of it is sent any more; then its rows go. A second call answers the same deletion.',
    args: { input: t.arg({ type: DeleteOrganizationInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const organizationId = idArgument(input.id, 'organization', 'input.id');
      const scope = { organizationId, projectId: null };
      return { deletionId: await services.deletions.begin(principal, scope, { name: input.name ?? null }) };
    },
  }),
  deleteProject: t.field({
    complexity: mutationCost,
    type: DeleteProjectPayload,
    description:
      'Deletes a project with everything in it, as “deleteOrganization” does. Owners of its organization and the operator may.',
    args: { input: t.arg({ type: DeleteProjectInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, context) => {
      const { principal, services } = context;
      const projectId = idArgument(input.id, 'project', 'input.id');
      const begun = await prismaOf(context).deletion.findFirst({
        where: { projectId },
        select: readable,
      });
      if (begun && services.deletions.visible(principal, begun)) return { deletionId: begun.id };
      const scope = await projectArgument(context, input.id, 'input.id');
      return { deletionId: await services.deletions.begin(principal, scope, { name: input.name ?? null }) };
    },
  }),
}));

builder.subscriptionFields((t) => ({
  deletionProgress: t.field({
    type: Deletion,
    description: 'The present state of a deletion, and each change until it has finished. For those who may read it.',
    args: { id: t.arg.id({ required: true, description: 'The deletion’s id.' }) },
    subscribe: async (_root, args, context) => {
      const { id, organizationId } = await visibleDeletion(context, args.id);
      const ending = new AbortController();
      return endingWith(context.services.deletionProgress({ id, organizationId }, ending.signal), ending);
    },
    resolve: async (id, _args, context) => {
      await followedOne(visibleDeletion(context, id));
      return prismaOf(context).deletion.findUniqueOrThrow({ where: { id } });
    },
  }),
}));
