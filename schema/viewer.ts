import { permissionsOf } from '../server/access/permissions.ts';
import type { Principal } from '../server/access/principal.ts';
import { builder } from './builder.ts';
import { prismaOf } from './context.ts';
import { Permission, PrincipalKind, Role } from './enums.ts';
import { nothingToLoad } from './strictQueries.ts';

const Viewer = builder.objectRef<Principal>('Viewer').implement({
  description: 'The principal that this request acts as.',
  fields: (t) => ({
    kind: t.field({ type: PrincipalKind, resolve: ({ kind }) => kind }),
    organization: t.prismaField({
      type: 'Organization',
      nullable: true,
      resolve: (query, viewer, _args, context) =>
        viewer.kind === 'OPERATOR'
          ? nothingToLoad(query)
          : prismaOf(context).organization.findUnique({ ...query, where: { id: viewer.organizationId } }),
    }),
    project: t.prismaField({
      type: 'Project',
      nullable: true,
      description: 'The project that the principal is restricted to.',
      resolve: (query, viewer, _args, context) =>
        viewer.kind === 'OPERATOR' || viewer.projectId === null
          ? nothingToLoad(query)
          : prismaOf(context).project.findUnique({ ...query, where: { id: viewer.projectId } }),
    }),
    role: t.field({
      type: Role,
      nullable: true,
      resolve: (viewer) => (viewer.kind === 'OPERATOR' ? null : viewer.role),
    }),
    permissions: t.field({ type: [Permission], resolve: (viewer) => permissionsOf(viewer) }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({ type: Viewer, resolve: (_root, _args, { principal }) => principal }),
  egressIpRanges: t.stringList({
    description: 'Address ranges (CIDR) that deliveries leave from, for receivers that allow by address.',
    resolve: (_root, _args, { services }) => [...services.egressIpRanges],
  }),
}));
