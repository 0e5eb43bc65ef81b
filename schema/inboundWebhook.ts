import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { visible } from '../core/access/visible.ts';
import type { InboundActivity as Activity } from '../core/inbound/inboundActivity.ts';
import type { InboundTest } from '../core/inbound/inboundWebhooks.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { batched } from './batched.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { WebhookHealth } from './enums.ts';
import { projectInput } from './inputs.ts';
import { IssueProvider } from './issue.ts';
import { findable, Node } from './node.ts';
import { placeOf } from './place.ts';
import { projectArgument } from './projectArgument.ts';
import { nothingToLoad } from './strictQueries.ts';

const InboundActivity = builder.objectRef<Activity>('InboundActivity').implement({
  description: 'The outcomes of an inbound webhook’s latest 1,000 reports.',
  fields: (t) => ({
    health: t.expose('health', {
      type: WebhookHealth,
      description: 'DEGRADED after five failures in a row. Never DISABLED: reports are still accepted.',
    }),
    consecutiveFailures: t.exposeInt('consecutiveFailures', {
      description: 'Reports in a row that could not be used, up to now.',
    }),
    lastReceivedAt: t.expose('lastReceivedAt', {
      description: 'When the last report came; null for none.',
      type: 'DateTime',
      nullable: true,
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      description: 'When the last report came that was used; null for none.',
      type: 'DateTime',
      nullable: true,
    }),
    lastFailureAt: t.expose('lastFailureAt', {
      description: 'When the last report came that could not be used; null for none.',
      type: 'DateTime',
      nullable: true,
    }),
  }),
});

const InboundWebhook = builder.prismaObject('InboundWebhook', {
  description: 'Receives the reports of a project’s tracker. Only create and rotate show its URL and secret.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { description: 'The tracker that reports to it.', type: IssueProvider }),
    canRotate: t.field({
      type: 'Boolean',
      description: 'False for Azure DevOps, whose credentials a user chooses: delete the webhook and create it again.',
      select: { provider: true },
      resolve: ({ provider }) => provider !== 'AZURE_DEVOPS',
    }),
    url: t.string({
      description: 'With “[redacted]” for its token, which only create and rotate show.',
      resolve: (_webhook, _args, { services }) => services.inboundWebhooks.redactedUrl,
    }),
    activity: t.field({
      description: 'How its latest reports went.',
      type: InboundActivity,
      complexity: 20,
      select: { projectId: true, createdAt: true },
      // Many rows of the log may have the same webhook.
      resolve: ({ projectId, createdAt }, _args, { services, loaders }, { path }) =>
        loaders.once(`inbound activity at ${placeOf(path)} of ${projectId}`, () =>
          services.inboundWebhooks.activity(projectId, createdAt),
        ),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    rotatedAt: t.expose('rotatedAt', {
      description: 'When its URL and secret were last changed; null for never.',
      type: 'DateTime',
      nullable: true,
    }),
  }),
});

findable('InboundWebhook', {
  table: 'inbound_webhook',
  read: (context, query, ids) =>
    prismaOf(context).inboundWebhook.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

/** Loads inbound webhooks by project. Rows at the same place of an answer select the same fields and are read together. */
function byProject(context: Context, info: GraphQLResolveInfo) {
  // Every row must select these, or Pothos would treat them as not loaded, and load them row by row.
  const select = { projectId: true, createdAt: true } as const;
  const query = queryFromInfo({ context, info, select }) as { select: Prisma.InboundWebhookSelect };
  return context.loaders.once(`inbound webhooks at ${placeOf(info.path)}`, async () =>
    batched(async (projectIds) => {
      const where = { AND: [visible(context.principal, 'WEBHOOK_READ'), { projectId: { in: projectIds } }] };
      const rows = await prismaOf(context).inboundWebhook.findMany({ ...query, where });
      return rows.map((value) => ({ id: value.projectId, value }));
    }),
  );
}

builder.prismaObjectFields(Delivery, (t) => ({
  inboundWebhook: t.field({
    type: InboundWebhook,
    nullable: true,
    description:
      'The webhook that received the report; null for an outbound delivery, and where the webhook is deleted.',
    select: { direction: true, projectId: true, createdAt: true },
    resolve: async ({ direction, projectId, createdAt }, _args, context, info) => {
      // Outbound deliveries, most of the log, need no look-up.
      if (direction !== 'INBOUND' || projectId === null) return null;
      const load = await byProject(context, info);
      const webhook = await load(projectId);
      // A deleted predecessor's deliveries are not its own.
      return webhook !== null && webhook.createdAt <= createdAt ? webhook : null;
    },
  }),
}));

interface Revealed {
  readonly projectId: string;
  readonly url: string;
  readonly secret: string | null;
}

const revealed = (name: string) =>
  builder.objectRef<Revealed>(name).implement({
    fields: (t) => ({
      inboundWebhook: t.prismaField({
        type: InboundWebhook,
        resolve: (query, { projectId }, _args, context) =>
          prismaOf(context).inboundWebhook.findUniqueOrThrow({ ...query, where: { projectId } }),
      }),
      url: t.exposeString('url', { description: 'For the tracker’s settings. Shown only here.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'The tracker’s signing secret. Shown only here; null for Azure DevOps.',
      }),
    }),
  });

const CreateInboundWebhookPayload = revealed('CreateInboundWebhookPayload');
const RotateInboundWebhookPayload = revealed('RotateInboundWebhookPayload');

const DeleteInboundWebhookPayload = builder.objectRef<object>('DeleteInboundWebhookPayload').implement({
  fields: (t) => ({
    inboundWebhook: t.prismaField({
      type: InboundWebhook,
      nullable: true,
      description: 'Always null: the webhook is deleted.',
      resolve: (query) => nothingToLoad(query),
    }),
  }),
});

const InboundTestOutcome = builder.enumType('InboundTestOutcome', {
  description: 'What became of a test of an inbound webhook.',
  values: {
    LOGGED: { description: 'Its proof was valid, and it was logged.' },
    DUPLICATE: { description: 'Its proof was valid, and it was recognized as a duplicate of an earlier test.' },
  } as const,
});

const SendInboundTestEventPayload = builder.objectRef<InboundTest>('SendInboundTestEventPayload').implement({
  fields: (t) => ({
    outcome: t.expose('outcome', { description: 'What became of the test.', type: InboundTestOutcome }),
    delivery: t.prismaField({
      type: Delivery,
      nullable: true,
      description: 'For a duplicate, the first test’s delivery; null where the log no longer has it.',
      resolve: (query, { deliveryId }, _args, context) =>
        deliveryId === null
          ? nothingToLoad(query)
          : prismaOf(context).delivery.findUnique({ ...query, where: { id: deliveryId } }),
    }),
  }),
});

const CreateInboundWebhookInput = builder.inputType('CreateInboundWebhookInput', {
  fields: (t) => ({
    projectId: t.id({ description: 'The project whose tracker will report to it.', required: true }),
    username: t.string({ description: 'Sent by the service hook of Azure DevOps; leave it out for other providers.' }),
    password: t.string({ description: 'Sent by the service hook of Azure DevOps; leave it out for other providers.' }),
  }),
});

const whichWebhook = 'The project whose inbound webhook is meant.';
const RotateInboundWebhookInput = projectInput('RotateInboundWebhookInput', whichWebhook);
const DeleteInboundWebhookInput = projectInput('DeleteInboundWebhookInput', whichWebhook);
const SendInboundTestEventInput = projectInput('SendInboundTestEventInput', whichWebhook);

builder.queryFields((t) => ({
  inboundWebhook: t.prismaField({
    type: InboundWebhook,
    nullable: true,
    description: 'Null where the project has none.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const { projectId } = await projectArgument(context, args.projectId);
      return prismaOf(context).inboundWebhook.findFirst({
        ...query,
        where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { projectId }] },
      });
    },
  }),
}));

builder.mutationFields((t) => ({
  createInboundWebhook: t.field({
    type: CreateInboundWebhookPayload,
    complexity: mutationCost,
    description: 'For the provider of the project’s issue integration. A project has at most one.',
    args: { input: t.arg({ type: CreateInboundWebhookInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      const created = await context.services.inboundWebhooks.create(context.principal, scope, input);
      return { projectId: scope.projectId, ...created };
    },
  }),
  rotateInboundWebhook: t.field({
    type: RotateInboundWebhookPayload,
    complexity: mutationCost,
    description: 'Creates a new URL and a new secret. The old ones stop working at once.',
    args: { input: t.arg({ type: RotateInboundWebhookInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      const rotated = await context.services.inboundWebhooks.rotate(context.principal, scope);
      return { projectId: scope.projectId, ...rotated };
    },
  }),
  deleteInboundWebhook: t.field({
    type: DeleteInboundWebhookPayload,
    complexity: mutationCost,
    description: 'Its deliveries stay in the log.',
    args: { input: t.arg({ type: DeleteInboundWebhookInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      await context.services.inboundWebhooks.remove(context.principal, scope);
      return {};
    },
  }),
  sendInboundTestEvent: t.field({
    type: SendInboundTestEventPayload,
    complexity: mutationCost,
    description:
      'Sends an event with a valid proof about an issue that no tracker can have: it is logged, and nothing follows. It is always the same, so a second one is recognized as a duplicate.',
    args: { input: t.arg({ type: SendInboundTestEventInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await projectArgument(context, input.projectId, 'input.projectId');
      return context.services.inboundWebhooks.sendTest(context.principal, scope);
    },
  }),
}));
