import { visible } from '../core/access/visible.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { IssueProvider } from './issue.ts';
import { projectArgument } from './projectArgument.ts';
import { nothingToLoad } from './strictQueries.ts';

const IssueIntegration = builder.prismaObject('IssueIntegration', {
  description: 'The tracker that a project’s issues live in. Its credentials are never shown.',
  select: { id: true },
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { type: IssueProvider }),
    baseUrl: t.exposeString('baseUrl'),
    supportsInboundWebhook: t.field({
      type: 'Boolean',
      description: 'Whether an inbound webhook can be made for it: a link-only provider has nothing that could report.',
      select: { provider: true },
      resolve: ({ provider }) => provider !== 'SIMPLE_URL',
    }),
    removesInboundWebhook: t.field({
      type: 'Boolean',
      description:
        'Whether another provider, or removing the integration, takes an inbound webhook along: ask before either.',
      select: { inboundWebhook: { select: { id: true } } },
      resolve: ({ inboundWebhook }) => inboundWebhook.length > 0,
    }),
    pausedUntil: t.expose('pausedUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the tracker asked to be left alone.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
  }),
});

const IssueCredentialsInput = builder.inputType('IssueCredentialsInput', {
  fields: (t) => ({
    email: t.string({ description: 'Of the account, with Jira Cloud; left out with every other tracker.' }),
    token: t.string({ required: true, description: 'API token or personal access token.' }),
  }),
});

const SetIssueIntegrationInput = builder.inputType('SetIssueIntegrationInput', {
  fields: (t) => ({
    projectId: t.id({ required: true }),
    provider: t.field({ type: IssueProvider, required: true }),
    baseUrl: t.string({ description: 'Of the tracker’s API; may be left out for github.com.' }),
    credentials: t.field({
      type: IssueCredentialsInput,
      description: 'What the API is called with; none for SIMPLE_URL.',
    }),
  }),
});

const removedInboundWebhook = 'Whether the inbound webhook went with it.';

const SetIssueIntegrationPayload = builder
  .objectRef<{ projectId: string; removedInboundWebhook: boolean }>('SetIssueIntegrationPayload')
  .implement({
    fields: (t) => ({
      integration: t.prismaField({
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
        description: 'Null: there is none any more.',
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
      'Checked by a call to the tracker’s API first. Another provider than before removes the inbound webhook.',
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
    description: 'The inbound webhook goes with it. Issues stay as they were last fetched.',
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      const result = await context.services.issueIntegrations.remove(context.principal, scope);
      return { projectId: scope.projectId, ...result };
    },
  }),
}));
