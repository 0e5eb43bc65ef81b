import { visible } from '../core/access/visible.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Permission } from './enums.ts';
import { idInput } from './inputs.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, scopeFilter } from './scopeArgs.ts';

const PortalLink = builder.prismaObject('PortalLink', {
  description:
    'A customer’s short-lived access to one project. The token itself is shown once, when the link is created.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    project: t.relation('project', { description: 'The project that it opens.' }),
    name: t.exposeString('name', { description: 'Tells people which link is which.' }),
    permissions: t.expose('permissions', { description: 'What its users may do in the project.', type: [Permission] }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', {
      description: 'Since then, or from then on, it is good for nothing.',
      type: 'DateTime',
    }),
    revokedAt: t.expose('revokedAt', {
      description: 'Since then it is good for nothing. Null where nobody ended it early.',
      type: 'DateTime',
      nullable: true,
    }),
  }),
});

findable('PortalLink', {
  table: 'portal_link',
  read: (context, query, ids) =>
    prismaOf(context).portalLink.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'KEY_MANAGE'), { id: { in: ids } }] },
    }),
});

const PortalLinkEdge = builder.edgeObject({ name: 'PortalLinkEdge', type: PortalLink });
const PortalLinkConnection = builder.connectionObject(
  { name: 'PortalLinkConnection', type: PortalLink, ...edgesOnce },
  PortalLinkEdge,
);

const CreatePortalLinkInput = builder.inputType('CreatePortalLinkInput', {
  fields: (t) => ({
    projectId: t.id({ description: 'The project that the link opens.', required: true }),
    permissions: t.field({
      type: [Permission],
      required: true,
      description:
        'Some of WEBHOOK_READ, WEBHOOK_MANAGE, DELIVERY_REPLAY, INBOUND_MANAGE, never more than the caller has.',
    }),
    expiresIn: t.field({ type: 'Duration', description: 'PT1M to P1D. Default: PT1H.' }),
    name: t.string({ description: 'Tells people which link is which.' }),
  }),
});

const CreatePortalLinkPayload = builder
  .objectRef<{ portalLinkId: string; token: string }>('CreatePortalLinkPayload')
  .implement({
    fields: (t) => ({
      portalLink: t.prismaField({
        description: 'The new link, without its token.',
        type: PortalLink,
        resolve: (query, { portalLinkId }, _args, context) =>
          prismaOf(context).portalLink.findUniqueOrThrow({ ...query, where: { id: portalLinkId } }),
      }),
      token: t.exposeString('token', {
        description: 'Shown only here. Send it as “Authorization: Bearer <token>”.',
      }),
      path: t.string({
        description:
          'Opens the dashboard with this token: append it to this installation’s address. Browsers do not send the part after # to any server.',
        resolve: ({ token }) => `/portal#token=${token}`,
      }),
    }),
  });

const RevokePortalLinkInput = idInput('RevokePortalLinkInput', 'The link to end.');

const RevokePortalLinkPayload = builder.objectRef<{ portalLinkId: string }>('RevokePortalLinkPayload').implement({
  fields: (t) => ({
    portalLink: t.prismaField({
      type: PortalLink,
      resolve: (query, { portalLinkId }, _args, context) =>
        prismaOf(context).portalLink.findUniqueOrThrow({ ...query, where: { id: portalLinkId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  portalLinks: t.prismaConnection(
    {
      type: PortalLink,
      cursor: 'id',
      complexity: pageCost,
      description: 'Portal links, newest first, also those that expired or were revoked in the last 7 days.',
      authScopes: { permission: 'KEY_MANAGE' },
      args: { organizationId: t.arg.id(), projectId: t.arg.id() },
      resolve: async (query, _root, args, context) =>
        prismaOf(context).portalLink.findMany({
          ...query,
          where: {
            AND: [visible(context.principal, 'KEY_MANAGE'), await scopeFilter(context, args, 'KEY_MANAGE')],
          },
          orderBy: newestFirst,
        }),
    },
    PortalLinkConnection,
    PortalLinkEdge,
  ),
}));

builder.mutationFields((t) => ({
  createPortalLink: t.field({
    complexity: mutationCost,
    type: CreatePortalLinkPayload,
    description: 'Creates short-lived access to one project for a customer, with chosen permissions.',
    args: { input: t.arg({ type: CreatePortalLinkInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const projectId = idArgument(input.projectId, 'project', 'input.projectId');
      const organizationId = await services.organizations.ofProject(principal, projectId, 'input.projectId');
      const created = await services.portalLinks.create(
        principal,
        { organizationId, projectId },
        { name: input.name ?? null, permissions: input.permissions, lifetimeMs: input.expiresIn ?? null },
      );
      return { portalLinkId: created.id, token: created.token };
    },
  }),
  revokePortalLink: t.field({
    description: 'Ends a portal link at once, for good.',
    complexity: mutationCost,
    type: RevokePortalLinkPayload,
    args: { input: t.arg({ type: RevokePortalLinkInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const portalLinkId = idArgument(input.id, 'portal link', 'input.id');
      await services.portalLinks.revoke(principal, portalLinkId);
      return { portalLinkId };
    },
  }),
}));
