import { ownScope, permissionsOf } from '../core/access/permissions.ts';
import type { Grant as GrantRecord, Principal } from '../core/access/principal.ts';
import { builder } from './builder.ts';
import { prismaOf } from './context.ts';
import { Permission, PrincipalKind, Role } from './enums.ts';
import { scopeOf } from './scopeArgs.ts';
import { nothingToLoad } from './strictQueries.ts';

const Grant = builder.objectRef<GrantRecord>('Grant').implement({
  description: 'A principal’s permissions in one organization, or in one project of it.',
  fields: (t) => ({
    organization: t.prismaField({
      description: 'The tenant in which it holds.',
      type: 'Organization',
      resolve: (query, { organizationId }, _args, context) =>
        prismaOf(context).organization.findUniqueOrThrow({ ...query, where: { id: organizationId } }),
    }),
    project: t.prismaField({
      type: 'Project',
      nullable: true,
      description: 'Null for the whole organization.',
      resolve: (query, { projectId }, _args, context) =>
        projectId === null
          ? nothingToLoad(query)
          : prismaOf(context).project.findUnique({ ...query, where: { id: projectId } }),
    }),
    role: t.field({
      description: 'The role that gives the permissions; null where they were given one by one.',
      type: Role,
      nullable: true,
      resolve: ({ role }) => role,
    }),
    permissions: t.field({
      description: 'What the principal may do there.',
      type: [Permission],
      resolve: ({ permissions }) => [...permissions],
    }),
  }),
});

const Viewer = builder.objectRef<Principal>('Viewer').implement({
  description: 'The principal of this request.',
  fields: (t) => ({
    id: t.string({
      description: 'By its kind: a key’s or a portal link’s id, or a user’s “sub”.',
      resolve: ({ id }) => id,
    }),
    kind: t.field({ description: 'What kind of principal it is.', type: PrincipalKind, resolve: ({ kind }) => kind }),
    organization: t.prismaField({
      type: 'Organization',
      nullable: true,
      description: 'Null for the operator, and for a user of several organizations: see “grants”.',
      resolve: (query, viewer, _args, context) => {
        const own = ownScope(viewer);
        return own === null
          ? nothingToLoad(query)
          : prismaOf(context).organization.findUnique({ ...query, where: { id: own.organizationId } });
      },
    }),
    project: t.prismaField({
      type: 'Project',
      nullable: true,
      description: 'The project that the principal is restricted to.',
      resolve: (query, viewer, _args, context) => {
        const id = ownScope(viewer)?.projectId ?? null;
        return id === null ? nothingToLoad(query) : prismaOf(context).project.findUnique({ ...query, where: { id } });
      },
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the portal link or the API key ends. Null: not by itself, or that is not known.',
      resolve: async ({ kind, id }, _args, context) => {
        const one = { where: { id }, select: { expiresAt: true } } as const;
        if (kind === 'PORTAL') return (await prismaOf(context).portalLink.findUnique(one))?.expiresAt ?? null;
        if (kind === 'API_KEY') return (await prismaOf(context).apiKey.findUnique(one))?.expiresAt ?? null;
        return null;
      },
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'In “organization”, or in the project that the principal is restricted to.',
      resolve: (viewer) => {
        const own = ownScope(viewer);
        if (viewer.kind === 'OPERATOR' || own === null) return null;
        return viewer.grants.find(({ projectId }) => projectId === own.projectId)?.role ?? null;
      },
    }),
    permissions: t.field({
      type: [Permission],
      description: 'Permissions in the scope that the arguments name. Without arguments: those it has anywhere.',
      args: { organizationId: t.arg.id(), projectId: t.arg.id() },
      resolve: async (viewer, args, context) =>
        args.organizationId == null && args.projectId == null
          ? permissionsOf(viewer)
          : permissionsOf(viewer, await scopeOf(context, args)),
    }),
    grants: t.field({
      type: [Grant],
      description: 'The principal’s permissions by scope. Empty for the operator, who has all permissions everywhere.',
      resolve: (viewer) => (viewer.kind === 'OPERATOR' ? [] : [...viewer.grants]),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    description: 'Who makes this request, and what it may do.',
    type: Viewer,
    resolve: (_root, _args, { principal }) => principal,
  }),
  egressIpRanges: t.stringList({
    description: 'Address ranges (CIDR) of outgoing deliveries, for receivers that allow by address.',
    resolve: (_root, _args, { services }) => [...services.egressIpRanges],
  }),
}));
