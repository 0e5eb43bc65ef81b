import { visible } from '../core/access/visible.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { projectInput } from './inputs.ts';
import { IssueProvider } from './issue.ts';
import { findable, Node } from './node.ts';
import { projectArgument } from './projectArgument.ts';
import { nothingToLoad } from './strictQueries.ts';

const IssueIntegration = builder.prismaObject('IssueIntegration', {
  description: 'The tracker of a project’s issues. Its credentials are never shown.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { description: 'Which tracker it is.', type: IssueProvider }),
    baseUrl: t.exposeString('baseUrl', { description: 'The base URL of the tracker’s API, or of its links.' }),
    supportsInboundWebhook: t.field({
      type: 'Boolean',
      description: 'Whether it can have an inbound webhook: SIMPLE_URL sends no reports.',
      select: { provider: true },
      resolve: ({ provider }) => provider !== 'SIMPLE_URL',
    }),
    removesInboundWebhook: t.field({
      type: 'Boolean',
      description:
        'Whether a change of provider, or removing the integration, also removes an inbound webhook: confirm with the user first.',
      select: { inboundWebhook: { select: { id: true } } },
      resolve: ({ inboundWebhook }) => inboundWebhook.length > 0,
    }),
    pausedUntil: t.expose('pausedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'The tracker asked for no calls until then.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    changedAt: t.expose('changedAt', { description: 'When it was last set.', type: 'DateTime' }),
  }),
});

findable('IssueIntegration', {
  table: 'issue_integration',
  read: (context, query, ids) =>
    prismaOf(context).issueIntegration.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

const IssueCredentialsInput = builder.inputType('IssueCredentialsInput', {
  description: 'Credentials of an account in the tracker, whose rights the integration has.',
  fields: (t) => ({
    email: t.string({ description: 'The account’s e-mail address, for Jira Cloud; leave it out for other trackers.' }),
    token: t.string({ required: true, description: 'API token or personal access token.' }),
  }),
});

const SetIssueIntegrationInput = builder.inputType('SetIssueIntegrationInput', {
  fields: (t) => ({
    projectId: t.id({ description: 'The project whose issues the tracker has.', required: true }),
    provider: t.field({ description: 'Which tracker it is.', type: IssueProvider, required: true }),
    baseUrl: t.string({ description: 'The base URL of the tracker’s API; may be left out for github.com.' }),
    credentials: t.field({
      type: IssueCredentialsInput,
      description: 'The credentials for the API; none for SIMPLE_URL.',
    }),
  }),
});

const RemoveIssueIntegrationInput = projectInput(
  'RemoveIssueIntegrationInput',
  'The project whose integration is removed.',
);

const removedInboundWebhook = 'Whether an inbound webhook was removed as well.';

const SetIssueIntegrationPayload = builder
  .objectRef<{ projectId: string; removedInboundWebhook: boolean }>('SetIssueIntegrationPayload')
  .implement({
    fields: (t) => ({
      integration: t.prismaField({
        description: 'The integration as it is now.',
        type: IssueIntegration,
        resolve: (query, { projectId }, _args, context) =>
          prismaOf(context).issueIntegration.findUniqueOrThrow({ ...query, where: { projectId } }),
      }),
      removedInboundWebhook: t.exposeBoolean('removedInboundWebhook', { description: removedInboundWebhook }),
    }),
  });

const RemoveIssueIntegrationPayload = builder
  .objectRef<{ projectId: string; removedInboundWebhook: boolean }>('RemoveIssueIntegrationPayload')
  .implement({
    fields: (t) => ({
      integration: t.prismaField({
        type: IssueIntegration,
        nullable: true,
        description: 'Always null: the integration is removed.',
        resolve: (query) => nothingToLoad(query),
      }),
      removedInboundWebhook: t.exposeBoolean('removedInboundWebhook', { description: removedInboundWebhook }),
    }),
  });

builder.queryFields((t) => ({
  issueIntegration: t.prismaField({
    type: IssueIntegration,
    nullable: true,
    description: 'Null where the project has none.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const { projectId } = await projectArgument(context, args.projectId);
      return prismaOf(context).issueIntegration.findFirst({
        ...query,
        where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { projectId }] },
      });
    },
  }),
}));

builder.mutationFields((t) => ({
  setIssueIntegration: t.field({
    type: SetIssueIntegrationPayload,
    complexity: mutationCost,
    description:
      'First checks the connection by a call to the tracker’s API. A change of provider removes the inbound webhook.',
    args: { input: t.arg({ type: SetIssueIntegrationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      const { provider, credentials } = input;
      const integration = { provider, baseUrl: input.baseUrl ?? '', credentials };
      const result = await context.services.issueIntegrations.set(context.principal, scope, integration);
      return { projectId: scope.projectId, ...result };
    },
  }),
  removeIssueIntegration: t.field({
    type: RemoveIssueIntegrationPayload,
    complexity: mutationCost,
    description: 'Also removes the inbound webhook. Issues stay as they were last fetched.',
    args: { input: t.arg({ type: RemoveIssueIntegrationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      const result = await context.services.issueIntegrations.remove(context.principal, scope);
      return { projectId: scope.projectId, ...result };
    },
  }),
}));
