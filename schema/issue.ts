import { visible } from '../core/access/visible.ts';
import * as stored from '../core/store/prisma/enums.ts';
import { builder } from './builder.ts';
import { edgesOnce, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { texts } from './enums.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { projectArgument } from './projectArgument.ts';

export const IssueProvider = builder.enumType(stored.IssueProvider, {
  name: 'IssueProvider',
  description: 'The tracker of a project’s issues. SIMPLE_URL has only links.',
  values: texts({
    JIRA: 'Jira Cloud or Data Center.',
    GITHUB: 'GitHub’s issues.',
    AZURE_DEVOPS: 'Work items of Azure DevOps.',
    SIMPLE_URL: 'Any tracker that is only linked to: Everhook asks it nothing.',
  }),
});

export const Issue = builder.prismaObject('Issue', {
  description: 'An issue as its tracker last showed it.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    project: t.relation('project', { description: 'The project whose integration it came by.' }),
    provider: t.expose('provider', { description: 'The tracker that it is in.', type: IssueProvider }),
    externalId: t.exposeString('externalId', {
      description: 'The tracker’s own id, which stays when the key changes.',
    }),
    externalKey: t.exposeString('externalKey', {
      description: 'Its name for people, such as SHOP-2231 or acme/shop#12.',
    }),
    title: t.exposeString('title', { description: 'Its title in the tracker.' }),
    state: t.exposeString('state', { description: 'In the tracker’s own words, such as “In Progress”.' }),
    priority: t.exposeString('priority', {
      description: 'In the tracker’s own words; null where it has none.',
      nullable: true,
    }),
    assignee: t.exposeString('assignee', {
      description: 'Who works on it, by the name that the tracker shows; null for nobody.',
      nullable: true,
    }),
    url: t.exposeString('url', { description: 'Opens it in the tracker.' }),
    creatorId: t.exposeString('creatorId', {
      nullable: true,
      description: 'The owner of the project when the issue was imported.',
    }),
    removedAt: t.expose('removedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since then the tracker no longer has it, or does not show it to the integration.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    changedAt: t.expose('changedAt', { description: 'When Everhook last stored a change of it.', type: 'DateTime' }),
    version: t.exposeInt('version', {
      description: 'Rises with every change: of two states, the higher version is newer.',
    }),
    cursor: t.string({
      nullable: true,
      description: 'Set only by `issueUpdated`: pass it as `after` to continue after this change.',
      resolve: (issue) => (issue as { cursor?: string }).cursor ?? null,
    }),
  }),
});

findable('Issue', {
  table: 'issue',
  read: (context, query, ids) =>
    prismaOf(context).issue.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

const IssueEdge = builder.edgeObject({ name: 'IssueEdge', type: Issue });
const IssueConnection = builder.connectionObject({ name: 'IssueConnection', type: Issue, ...edgesOnce }, IssueEdge);

builder.queryFields((t) => ({
  issues: t.prismaConnection(
    {
      description: 'The issues of a project, newest first.',
      type: Issue,
      cursor: 'id',
      complexity: pageCost,
      authScopes: { permission: 'WEBHOOK_READ' },
      args: { projectId: t.arg.id({ required: true }) },
      resolve: async (query, _root, args, context) => {
        const { projectId } = await projectArgument(context, args.projectId);
        return prismaOf(context).issue.findMany({
          ...query,
          where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { projectId }] },
          orderBy: newestFirst,
        });
      },
    },
    IssueConnection,
    IssueEdge,
  ),
}));
