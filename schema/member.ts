import { requireIn } from '../core/access/permissions.ts';
import { visibleProject, visibleWhole } from '../core/access/visible.ts';
import { invalid } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Role } from './enums.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { Project } from './project.ts';
import { idArgument, idOrNull } from './scopeArgs.ts';
import { nothingToLoad } from './strictQueries.ts';

const Member = builder.prismaObject('Member', {
  description: 'A user in an organization.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    organization: t.relation('organization', { description: 'The tenant that the user belongs to.' }),
    userId: t.exposeString('userId', { description: 'The “sub” of the user’s tokens.' }),
    name: t.exposeString('name', {
      description: 'The name that people see; null where nobody gave one.',
      nullable: true,
    }),
    role: t.expose('role', { description: 'The user’s role in the whole organization.', type: Role }),
    administers: t.field({
      type: [Project],
      description: 'The projects in which the member is PROJECT_ADMIN.',
      select: (_args, { principal }, nested) => ({
        projects: { where: { project: visibleProject(principal) }, select: { project: nested() } },
      }),
      resolve: ({ projects }) => projects.map(({ project }) => project),
    }),
    issuer: t.exposeString('issuer', {
      description:
        'The URL of the identity provider whose rules gave the role, and change or take it away with the groups or claims. Null where somebody here gave or changed it: no rule touches it then.',
      nullable: true,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

findable('Member', {
  table: 'member',
  read: (context, query, ids) =>
    prismaOf(context).member.findMany({
      ...query,
      where: { AND: [visibleWhole(context.principal, 'MEMBER_MANAGE'), { id: { in: ids } }] },
    }),
});

const MemberEdge = builder.edgeObject({ name: 'MemberEdge', type: Member });
const MemberConnection = builder.connectionObject({ name: 'MemberConnection', type: Member, ...edgesOnce }, MemberEdge);

const SetMemberInput = builder.inputType('SetMemberInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'The tenant in which the user gets the role.', required: true }),
    userId: t.string({ required: true, description: 'The “sub” of the user’s tokens.' }),
    role: t.field({
      type: Role,
      description:
        'PROJECT_ADMIN with “projectId”, any other role without it. An explicit null removes the role in the project, or the membership.',
    }),
    projectId: t.id({
      description: 'The project in which the user becomes PROJECT_ADMIN; the user must be a member already.',
    }),
    name: t.string({ description: 'The name that people see. Left out, it stays.' }),
  }),
});

const SetMemberPayload = builder.objectRef<{ memberId: string | null }>('SetMemberPayload').implement({
  fields: (t) => ({
    member: t.prismaField({
      type: Member,
      nullable: true,
      description: 'Null where the membership was removed.',
      resolve: (query, { memberId }, _args, context) =>
        memberId === null
          ? nothingToLoad(query)
          : prismaOf(context).member.findUniqueOrThrow({ ...query, where: { id: memberId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  members: t.prismaConnection(
    {
      type: Member,
      cursor: 'id',
      complexity: pageCost,
      description: 'The users of an organization.',
      authScopes: { permission: 'MEMBER_MANAGE' },
      args: { organizationId: t.arg.id({ required: true }) },
      resolve: (query, _root, args, context) => {
        const organizationId = idArgument(args.organizationId, 'organization', 'organizationId');
        requireIn(context.principal, 'MEMBER_MANAGE', { organizationId, projectId: null }, 'organizationId');
        return prismaOf(context).member.findMany({ ...query, where: { organizationId }, orderBy: newestFirst });
      },
    },
    MemberConnection,
    MemberEdge,
  ),
}));

builder.mutationFields((t) => ({
  setMember: t.field({
    complexity: mutationCost,
    type: SetMemberPayload,
    description:
      'Gives a user a role, or removes it. Nobody can give or remove more permissions than they have; but users may always end their own membership, or role in a project, unless they are the last owner.',
    args: { input: t.arg({ type: SetMemberInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      if (input.role === undefined) throw invalid('input.role', 'Name a role, or give null to remove it.');
      const memberId = await services.members.set(principal, {
        organizationId: idArgument(input.organizationId, 'organization', 'input.organizationId'),
        projectId: idOrNull(input.projectId, 'project', 'input.projectId'),
        userId: input.userId,
        name: input.name ?? undefined,
        role: input.role,
      });
      return { memberId };
    },
  }),
}));
