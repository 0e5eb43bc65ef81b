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
import { IssueProvider } from './issue.ts';
import { placeOf } from './place.ts';
import { projectArgument } from './projectArgument.ts';
import { nothingToLoad } from './strictQueries.ts';

const InboundActivity = builder.objectRef<Activity>('InboundActivity').implement({
  description: 'How an inbound webhook’s latest 1,000 reports went.',
  fields: (t) => ({
    health: t.expose('health', {
      type: WebhookHealth,
      description: 'DEGRADED after five failures in a row. Never DISABLED: reports are taken all the same.',
    }),
    consecutiveFailures: t.exposeInt('consecutiveFailures'),
    lastReceivedAt: t.expose('lastReceivedAt', { type: 'DateTime', nullable: true }),
    lastSuccessAt: t.expose('lastSuccessAt', { type: 'DateTime', nullable: true }),
    lastFailureAt: t.expose('lastFailureAt', { type: 'DateTime', nullable: true }),
  }),
});

const InboundWebhook = builder.prismaObject('InboundWebhook', {
  description: 'Where a project’s tracker reports to. Its URL and secret are shown at create and rotate alone.',
  select: { id: true },
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { type: IssueProvider }),
    canRotate: t.field({
      type: 'Boolean',
      description: 'Not with Azure DevOps, whose credentials people choose: delete and create again.',
      select: { provider: true },
      resolve: ({ provider }) => provider !== 'AZURE_DEVOPS',
    }),
    url: t.string({
      description: 'With “[redacted]” for its token, which is shown at create and rotate alone.',
      resolve: (_webhook, _args, { services }) => services.inboundWebhooks.redactedUrl,
    }),
    activity: t.field({
      type: InboundActivity,
      complexity: 20,
      select: { projectId: true, createdAt: true },
      // Many rows of the log may show the same webhook.
      resolve: ({ projectId, createdAt }, _args, { services, loaders }, { path }) =>
        loaders.once(`inbound activity at ${placeOf(path)} of ${projectId}`, () =>
          services.inboundWebhooks.activity(projectId, createdAt),
        ),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    rotatedAt: t.expose('rotatedAt', { type: 'DateTime', nullable: true }),
  }),
});

/** Inbound webhooks by their project. The rows at one place of an answer ask the same of theirs, and are read for together. */
function byProject(context: Context, info: GraphQLResolveInfo) {
  // Asked of each row, or Pothos would take what is selected for not loaded, and load it row by row.
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
    description: 'Where a tracker reported it to; null for what was sent, and where that webhook is deleted.',
    select: { direction: true, projectId: true, createdAt: true },
    resolve: async ({ direction, projectId, createdAt }, _args, context, info) => {
      // What is sent, most of the log, asks for nothing.
      if (direction !== 'INBOUND' || projectId === null) return null;
      const load = await byProject(context, info);
      const webhook = await load(projectId);
      // What its predecessor received is not its own.
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
      url: t.exposeString('url', { description: 'For the tracker’s settings. Shown here and never again.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'What the tracker signs with. Shown here and never again; null with Azure DevOps.',
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
      description: 'Null: there is none any more.',
      resolve: (query) => nothingToLoad(query),
    }),
  }),
});

const InboundTestOutcome = builder.enumType('InboundTestOutcome', {
  values: {
    LOGGED: { description: 'It was proven and logged.' },
    DUPLICATE: { description: 'It was proven, and told to be one that had been taken before.' },
  } as const,
});

const SendInboundTestEventPayload = builder.objectRef<InboundTest>('SendInboundTestEventPayload').implement({
  fields: (t) => ({
    outcome: t.expose('outcome', { type: InboundTestOutcome }),
    delivery: t.prismaField({
      type: Delivery,
      nullable: true,
      description: 'Of a duplicate that of the first; null where the log has it no more.',
      resolve: (query, { deliveryId }, _args, context) =>
        deliveryId === null
          ? nothingToLoad(query)
          : prismaOf(context).delivery.findUnique({ ...query, where: { id: deliveryId } }),
    }),
  }),
});

const CreateInboundWebhookInput = builder.inputType('CreateInboundWebhookInput', {
  fields: (t) => ({
    projectId: t.id({ required: true }),
    username: t.string({ description: 'What the service hook of Azure DevOps sends; for no other provider.' }),
    password: t.string({ description: 'What the service hook of Azure DevOps sends; for no other provider.' }),
  }),
});

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
    description: 'For the provider of the project’s issue integration; at most one a project.',
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
    description: 'A new URL and a new secret; the old ones end at once.',
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      const rotated = await context.services.inboundWebhooks.rotate(context.principal, scope);
      return { projectId: scope.projectId, ...rotated };
    },
  }),
  deleteInboundWebhook: t.field({
    type: DeleteInboundWebhookPayload,
    complexity: mutationCost,
    description: 'Its deliveries stay in the log.',
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      await context.services.inboundWebhooks.remove(context.principal, scope);
      return {};
    },
  }),
  sendInboundTestEvent: t.field({
    type: SendInboundTestEventPayload,
    complexity: mutationCost,
    description:
      'A proven event about an issue that no tracker can have: it is logged, and stops there. It is always the same, so that a second one is told to be a duplicate.',
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      return context.services.inboundWebhooks.sendTest(context.principal, scope);
    },
  }),
}));
