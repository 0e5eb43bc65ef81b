import { visible, visibleOrganization, visibleProject } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { newestFirst } from './page.ts';
import { ProjectConnection, ProjectEdge } from './project.ts';
import { idArgument } from './scopeArgs.ts';
import { WebhookConnection, WebhookEdge } from './webhook.ts';

export const Organization = builder.prismaObject('Organization', {
  description: 'A tenant.',
  select: { id: true },
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    projects: t.relatedConnection(
      'projects',
      {
        cursor: 'id',
        complexity: pageCost,
        query: (_args, { principal }) => ({ where: visibleProject(principal), orderBy: newestFirst }),
      },
      ProjectConnection,
      ProjectEdge,
    ),
    webhooks: t.relatedConnection(
      'webhooks',
      {
        cursor: 'id',
        complexity: pageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        query: (_args, { principal }) => ({
          where: { AND: [visible(principal, 'WEBHOOK_READ'), { deletedAt: null }] },
          orderBy: newestFirst,
        }),
      },
      WebhookConnection,
      WebhookEdge,
    ),
  }),
});

const OrganizationEdge = builder.edgeObject({ name: 'OrganizationEdge', type: Organization });
const OrganizationConnection = builder.connectionObject(
  { name: 'OrganizationConnection', type: Organization, ...edgesOnce },
  OrganizationEdge,
);

const CreateOrganizationInput = builder.inputType('CreateOrganizationInput', {
  fields: (t) => ({ name: t.string({ required: true }) }),
});

const CreateOrganizationPayload = builder.objectRef<{ organizationId: string }>('CreateOrganizationPayload').implement({
  fields: (t) => ({
    organization: t.prismaField({
      type: Organization,
      resolve: (query, { organizationId }, _args, context) =>
        prismaOf(context).organization.findUniqueOrThrow({ ...query, where: { id: organizationId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  organization: t.prismaField({
    type: Organization,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const id = idArgument(args.id, 'organization', 'id');
      const organization = await prismaOf(context).organization.findFirst({
        ...query,
        where: { AND: [visibleOrganization(context.principal), { id }] },
      });
      if (!organization) throw notFound('organization', 'id');
      return organization;
    },
  }),
  organizations: t.prismaConnection(
    {
      type: Organization,
      cursor: 'id',
      complexity: pageCost,
      description: 'All organizations for the operator; for other principals, their own.',
      resolve: (query, _root, _args, context) =>
        prismaOf(context).organization.findMany({
          ...query,
          where: visibleOrganization(context.principal),
          orderBy: newestFirst,
        }),
    },
    OrganizationConnection,
    OrganizationEdge,
  ),
}));

builder.mutationFields((t) => ({
  createOrganization: t.field({
    complexity: mutationCost,
    type: CreateOrganizationPayload,
    authScopes: { operator: true },
    args: { input: t.arg({ type: CreateOrganizationInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => ({
      organizationId: await services.organizations.create(principal, input.name),
    }),
  }),
}));
