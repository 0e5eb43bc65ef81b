import { visibleProject } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Profile } from './enums.ts';
import { nestedPage, type Row } from './nestedPages.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, scopeFilter } from './scopeArgs.ts';
import { Webhook, WebhookConnection, WebhookEdge, webhooksOf } from './webhook.ts';

const itsWebhooks = webhooksOf('project_id');

export const Project = builder.prismaObject('Project', {
  description: 'A part of an organization, with webhooks, event types and events of its own.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'The id that your own system has for it: taken wherever its id is.',
    }),
    organization: t.relation('organization'),
    name: t.exposeString('name', { description: 'What people call it: 1 to 200 characters.' }),
    profile: t.expose('profile', { type: Profile, description: 'The default profile of its webhooks.' }),
    ownerId: t.exposeString('ownerId', {
      nullable: true,
      description: 'The user id of the creator of issues that are imported: first whoever created the project.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    portalTheme: t.relation('portalTheme', {
      nullable: true,
      description: 'How its portal looks. Null: as it is by default.',
    }),
    webhooks: t.connection(
      {
        type: Webhook,
        description: 'Its own webhooks, newest first; those of the whole organization are not among them.',
        complexity: pageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        resolve: (project, args, context, info) => nestedPage<Row>(itsWebhooks, project, args, context, info),
      },
      WebhookConnection,
      WebhookEdge,
    ),
  }),
});

findable('Project', {
  table: 'project',
  read: (context, query, ids) =>
    prismaOf(context).project.findMany({
      ...query,
      where: { AND: [visibleProject(context.principal), { id: { in: ids } }] },
    }),
});

export const ProjectEdge = builder.edgeObject({ name: 'ProjectEdge', type: Project });
export const ProjectConnection = builder.connectionObject(
  { name: 'ProjectConnection', type: Project, ...edgesOnce },
  ProjectEdge,
);

const CreateProjectInput = builder.inputType('CreateProjectInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'The tenant that gets the project.', required: true }),
    externalId: t.string({
      description: 'The id that your own system has for it, unique in its scope: taken wherever its id is.',
    }),
    name: t.string({ description: 'What people call it: 1 to 200 characters.', required: true }),
    profile: t.field({ type: Profile, description: 'Default: STANDARD.' }),
  }),
});

const CreateProjectPayload = builder.objectRef<{ projectId: string }>('CreateProjectPayload').implement({
  fields: (t) => ({
    project: t.prismaField({
      description: 'The new project.',
      type: Project,
      resolve: (query, { projectId }, _args, context) =>
        prismaOf(context).project.findUniqueOrThrow({ ...query, where: { id: projectId } }),
    }),
  }),
});

const UpdateProjectInput = builder.inputType('UpdateProjectInput', {
  description: 'Changes of a project. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The project’s id.' }),
    externalId: t.string({
      description: 'The id that your own system has for it, unique in its organization. Null: none any more.',
    }),
    name: t.string({ description: '1 to 200 characters.' }),
    profile: t.field({
      type: Profile,
      description: 'The default profile of webhooks that are created from now on; existing ones keep theirs.',
    }),
    ownerId: t.string({
      description:
        'The user id of a member, who becomes the creator of issues that are imported from now on. Null: nobody does.',
    }),
  }),
});

const UpdateProjectPayload = builder.objectRef<{ projectId: string }>('UpdateProjectPayload').implement({
  description: 'The project as it is now.',
  fields: (t) => ({
    project: t.prismaField({
      type: Project,
      description: 'The changed project.',
      resolve: (query, { projectId }, _args, context) =>
        prismaOf(context).project.findUniqueOrThrow({ ...query, where: { id: projectId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  project: t.prismaField({
    description: 'One project.',
    type: Project,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const id = idArgument(args.id, 'project', 'id');
      const project = await prismaOf(context).project.findFirst({
        ...query,
        where: { AND: [visibleProject(context.principal), { id }] },
      });
      if (!project) throw notFound('project', 'id');
      return project;
    },
  }),
  projects: t.prismaConnection(
    {
      description: 'The projects that the principal may see, newest first.',
      type: Project,
      cursor: 'id',
      complexity: pageCost,
      args: { organizationId: t.arg.id() },
      resolve: async (query, _root, args, context) =>
        prismaOf(context).project.findMany({
          ...query,
          where: { AND: [visibleProject(context.principal), await scopeFilter(context, args)] },
          orderBy: newestFirst,
        }),
    },
    ProjectConnection,
    ProjectEdge,
  ),
}));

builder.mutationFields((t) => ({
  createProject: t.field({
    description: 'Creates a part of an organization, with webhooks, event types and events of its own.',
    complexity: mutationCost,
    type: CreateProjectPayload,
    args: { input: t.arg({ type: CreateProjectInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const organizationId = idArgument(input.organizationId, 'organization', 'input.organizationId');
      const profile = input.profile ?? 'STANDARD';
      const { name, externalId } = input;
      return {
        projectId: await services.organizations.createProject(principal, organizationId, name, profile, externalId),
      };
    },
  }),
  updateProject: t.field({
    complexity: mutationCost,
    type: UpdateProjectPayload,
    description: 'Changes a project. Needs ORGANIZATION_MANAGE in it.',
    args: { input: t.arg({ type: UpdateProjectInput, required: true, description: 'The changes.' }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const projectId = idArgument(input.id, 'project', 'input.id');
      await services.organizations.updateProject(principal, projectId, {
        name: input.name ?? undefined,
        externalId: input.externalId,
        profile: input.profile ?? undefined,
        ownerId: input.ownerId,
      });
      return { projectId };
    },
  }),
}));
