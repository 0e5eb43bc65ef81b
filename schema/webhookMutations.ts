import type { SentTest } from '../core/deliveries/testEvent.ts';
import type { WebhookChanges, WebhookInput } from '../core/webhooks/webhooks.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { Profile } from './enums.ts';
import { HeaderInput } from './header.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import { nothingToLoad } from './strictQueries.ts';
import { Webhook } from './webhook.ts';

/** The row a mutation has just changed: the domain vouched for it, so it is read without asking again. */
const webhookById = (query: object, id: string, context: Context) =>
  prismaOf(context).webhook.findUniqueOrThrow({ ...query, where: { id } });
const deliveryById = (query: object, id: string, context: Context) =>
  prismaOf(context).delivery.findUniqueOrThrow({ ...query, where: { id } });

const payloadOf = (name: string) =>
  builder.objectRef<{ webhookId: string }>(name).implement({
    fields: (t) => ({
      webhook: t.prismaField({
        type: Webhook,
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
    }),
  });

const UpdateWebhookPayload = payloadOf('UpdateWebhookPayload');
const SetWebhookActivePayload = payloadOf('SetWebhookActivePayload');
const DeleteWebhookPayload = payloadOf('DeleteWebhookPayload');

const CreateWebhookPayload = builder
  .objectRef<{ webhookId: string; secret: string | null; testDeliveryId: string | null }>('CreateWebhookPayload')
  .implement({
    fields: (t) => ({
      webhook: t.prismaField({
        type: Webhook,
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'Shown here and never again. Null where the profile has none.',
      }),
      testDelivery: t.prismaField({
        type: Delivery,
        nullable: true,
        description: 'The ping that some profiles send at once.',
        resolve: (query, { testDeliveryId }, _args, context) =>
          testDeliveryId === null ? nothingToLoad(query) : deliveryById(query, testDeliveryId, context),
      }),
    }),
  });

const stillStopped = {
  DISABLED: 'The webhook is still disabled: "reEnableWebhook" puts it back to work.',
  INACTIVE: 'The webhook is still switched off: "setWebhookActive" switches it on.',
} as const;

const SendTestEventPayload = builder.objectRef<SentTest>('SendTestEventPayload').implement({
  fields: (t) => ({
    notice: t.string({
      nullable: true,
      description: 'Why the webhook gets nothing but tests, and what changes that. Null where it gets its events.',
      resolve: ({ stopped }) => stopped && stillStopped[stopped],
    }),
    delivery: t.prismaField({
      type: Delivery,
      resolve: (query, { deliveryId }, _args, context) => deliveryById(query, deliveryId, context),
    }),
  }),
});

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'For a webhook of the whole organization.' }),
    projectId: t.id({ description: 'For a webhook of one project.' }),
    name: t.string({ required: true }),
    description: t.string(),
    url: t.string({ required: true }),
    eventTypes: t.stringList({ description: 'Which types it gets. None: all.' }),
    profile: t.field({ type: Profile, description: 'Its project’s, where left out.' }),
    secret: t.string({ description: 'The caller’s own, where the profile takes one.' }),
    retrySchedule: t.field({ type: ['Duration'], description: 'Own delays, up to 20 of up to 7 days.' }),
    timeout: t.field({ type: 'Duration', description: '1 to 60 seconds.' }),
    headers: t.field({ type: [HeaderInput], description: 'Up to 20 extra request headers.' }),
  }),
});

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What is left out stays; null puts the profile’s own back, or takes away.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    description: t.string(),
    url: t.string(),
    eventTypes: t.stringList(),
    retrySchedule: t.field({ type: ['Duration'] }),
    timeout: t.field({ type: 'Duration' }),
    headers: t.field({ type: [HeaderInput], description: 'All that it is to have.' }),
  }),
});

builder.mutationFields((t) => ({
  createWebhook: t.field({
    complexity: mutationCost,
    type: CreateWebhookPayload,
    args: { input: t.arg({ type: CreateWebhookInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      const created = await context.services.webhooks.create(context.principal, scope, input as WebhookInput);
      // The webhook stands, and its secret is shown this once: a ping that cannot be sent now must not take that away.
      const testDeliveryId = created.pingOnCreate
        ? ((await context.services.sendTest(created.id, context.principal).catch(() => null))?.deliveryId ?? null)
        : null;
      return { webhookId: created.id, secret: created.secret, testDeliveryId };
    },
  }),
  updateWebhook: t.field({
    complexity: mutationCost,
    type: UpdateWebhookPayload,
    args: { input: t.arg({ type: UpdateWebhookInput, required: true }) },
    resolve: async (_root, { input: { id, ...changes } }, { principal, services }) => {
      const webhookId = idArgument(id, 'webhook', 'input.id');
      await services.webhooks.update(principal, webhookId, changes as WebhookChanges);
      return { webhookId };
    },
  }),
  setWebhookActive: t.field({
    complexity: mutationCost,
    type: SetWebhookActivePayload,
    args: { id: t.arg.id({ required: true }), active: t.arg.boolean({ required: true }) },
    resolve: async (_root, { id, active }, { principal, services }) => {
      const webhookId = idArgument(id, 'webhook', 'id');
      await services.webhooks.setActive(principal, webhookId, active);
      return { webhookId };
    },
  }),
  deleteWebhook: t.field({
    complexity: mutationCost,
    type: DeleteWebhookPayload,
    description:
      'It gets nothing any more: what waits is cancelled, and its secrets are gone. Its deliveries stay in the log.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { principal, services }) => {
      const webhookId = idArgument(id, 'webhook', 'id');
      await services.webhooks.remove(principal, webhookId);
      return { webhookId };
    },
  }),
  sendTestEvent: t.field({
    complexity: mutationCost,
    type: SendTestEventPayload,
    description:
      'Sends the profile’s synthetic event to one webhook, also to one that is disabled or switched off. It counts nowhere.',
    args: { webhookId: t.arg.id({ required: true }) },
    resolve: async (_root, args, { principal, services }) => {
      const webhookId = idArgument(args.webhookId, 'webhook', 'webhookId');
      await services.webhooks.requireManaged(principal, webhookId, 'webhookId');
      return services.sendTest(webhookId, principal);
    },
  }),
}));
