import { visibleOrganization } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { type NestedList, nestedPage, type Row } from './nestedPages.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { Project, ProjectConnection, ProjectEdge } from './project.ts';
import { idArgument } from './scopeArgs.ts';
import { Webhook, WebhookConnection, WebhookEdge, webhooksOf } from './webhook.ts';

const itsProjects: NestedList = {
  type: 'Project',
  table: 'project',
  owner: 'organization_id',
  where: 'r.deleted_at IS NULL',
  within: ({ organizationIds, projects }, parameters) =>
    `(r.organization_id = ANY (${parameters.add(organizationIds, 'uuid[]')}) OR r.id = ANY (${parameters.add(
      projects.map(({ projectId }) => projectId),
      'uuid[]',
    )}))`,
};
const itsWebhooks = webhooksOf('organization_id');

export const Organization = builder.prismaObject('Organization', {
  description: 'A tenant.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'The id that your own system has for it: taken wherever its id is.',
    }),
    name: t.exposeString('name', { description: 'What people call it: 1 to 200 characters.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    projects: t.connection(
      {
        type: Project,
        description: 'Its projects that the principal may see, newest first.',
        complexity: pageCost,
        resolve: (organization, args, context, info) => nestedPage<Row>(itsProjects, organization, args, context, info),
      },
      ProjectConnection,
      ProjectEdge,
    ),
    webhooks: t.connection(
      {
        type: Webhook,
        description: 'Its webhooks and those of its projects, newest first.',
        complexity: pageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        resolve: (organization, args, context, info) => nestedPage<Row>(itsWebhooks, organization, args, context, info),
      },
      WebhookConnection,
      WebhookEdge,
    ),
  }),
});

findable('Organization', {
  table: 'organization',
  read: (context, query, ids) =>
    prismaOf(context).organization.findMany({
      ...query,
      where: { AND: [visibleOrganization(context.principal), { id: { in: ids } }] },
    }),
});

const OrganizationEdge = builder.edgeObject({ name: 'OrganizationEdge', type: Organization });
const OrganizationConnection = builder.connectionObject(
  { name: 'OrganizationConnection', type: Organization, ...edgesOnce },
  OrganizationEdge,
);

const CreateOrganizationInput = builder.inputType('CreateOrganizationInput', {
  fields: (t) => ({
    externalId: t.string({
      description: 'The id that your own system has for it, unique in its scope: taken wherever its id is.',
    }),
    name: t.string({ description: 'What people call it: 1 to 200 characters.', required: true }),
  }),
});

const CreateOrganizationPayload = builder.objectRef<{ organizationId: string }>('CreateOrganizationPayload').implement({
  fields: (t) => ({
    organization: t.prismaField({
      description: 'The new tenant, which has no members yet.',
      type: Organization,
      resolve: (query, { organizationId }, _args, context) =>
        prismaOf(context).organization.findUniqueOrThrow({ ...query, where: { id: organizationId } }),
    }),
  }),
});

const UpdateOrganizationInput = builder.inputType('UpdateOrganizationInput', {
  description: 'Changes of an organization. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The organization’s id.' }),
    externalId: t.string({
      description: 'The id that the operator’s own system has for it. Only the operator sets it. Null: none any more.',
    }),
    name: t.string({ description: '1 to 200 characters.' }),
  }),
});

const UpdateOrganizationPayload = builder.objectRef<{ organizationId: string }>('UpdateOrganizationPayload').implement({
  description: 'The organization as it is now.',
  fields: (t) => ({
    organization: t.prismaField({
      type: Organization,
      description: 'The changed organization.',
      resolve: (query, { organizationId }, _args, context) =>
        prismaOf(context).organization.findUniqueOrThrow({ ...query, where: { id: organizationId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  organization: t.prismaField({
    description: 'One tenant.',
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
    description: 'Creates a tenant. Only the operator may.',
    complexity: mutationCost,
    type: CreateOrganizationPayload,
    authScopes: { operator: true },
    args: { input: t.arg({ type: CreateOrganizationInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => ({
      organizationId: await services.organizations.create(principal, input.name, input.externalId),
    }),
  }),
  updateOrganization: t.field({
    complexity: mutationCost,
    type: UpdateOrganizationPayload,
    description: 'Changes an organization. Needs ORGANIZATION_MANAGE in the whole organization.',
    args: { input: t.arg({ type: UpdateOrganizationInput, required: true, description: 'The changes.' }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const organizationId = idArgument(input.id, 'organization', 'input.id');
      await services.organizations.update(principal, organizationId, {
        name: input.name ?? undefined,
        externalId: input.externalId,
      });
      return { organizationId };
    },
  }),
}));
