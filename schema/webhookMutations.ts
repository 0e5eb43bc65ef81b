import { checkActionKey } from '../core/actions/actionKey.ts';
import type { SentTest } from '../core/deliveries/testEvent.ts';
import type { WebhookChanges, WebhookInput } from '../core/webhooks/webhooks.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { Delivery } from './delivery.ts';
import { Profile } from './enums.ts';
import { HeaderInput } from './header.ts';
import { idInput } from './inputs.ts';
import { deliveryById, webhookById } from './rows.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import { nothingToLoad } from './strictQueries.ts';
import { Webhook } from './webhook.ts';

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
        description: 'The new webhook, which is active at once unless `active` is false.',
        type: Webhook,
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'Shown only here. Null where the profile has none.',
      }),
      testDelivery: t.prismaField({
        type: Delivery,
        nullable: true,
        description: 'The ping that some profiles send at once after creation.',
        resolve: (query, { testDeliveryId }, _args, context) =>
          testDeliveryId === null ? nothingToLoad(query) : deliveryById(query, testDeliveryId, context),
      }),
    }),
  });

const stillStopped = {
  DISABLED: 'The webhook is still disabled: enable it with "reEnableWebhook".',
  PAUSED: 'The webhook is still paused: resume it with "resumeWebhook".',
  INACTIVE: 'The webhook is still switched off: switch it on with "setWebhookActive".',
} as const;

const SendTestEventPayload = builder.objectRef<SentTest>('SendTestEventPayload').implement({
  fields: (t) => ({
    notice: t.string({
      nullable: true,
      description: 'Why the webhook gets only tests, and what to do about it. Null where it gets its events.',
      resolve: ({ stopped }) => stopped && stillStopped[stopped],
    }),
    delivery: t.prismaField({
      description: 'The test, which is under way.',
      type: Delivery,
      resolve: (query, { deliveryId }, _args, context) => deliveryById(query, deliveryId, context),
    }),
  }),
});

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'For a webhook of the whole organization.' }),
    projectId: t.id({ description: 'For a webhook of one project.' }),
    externalId: t.string({
      description: 'The id that your own system has for it, unique in its scope: taken wherever its id is.',
    }),
    name: t.string({ description: 'What people call it: 1 to 200 characters.', required: true }),
    description: t.string({ description: 'Up to 2,000 characters for people to read.' }),
    url: t.string({
      description: 'Where its requests go: https, to a public address, up to 2,048 characters.',
      required: true,
    }),
    eventTypes: t.stringList({ description: 'The types that it gets; empty or left out: all.' }),
    profile: t.field({ type: Profile, description: 'Default: its project’s.' }),
    secret: t.string({ description: 'Your own secret, where the profile allows one.' }),
    retrySchedule: t.field({ type: ['Duration'], description: 'Own delays: up to 20, each up to 7 days.' }),
    timeout: t.field({ type: 'Duration', description: '1 to 60 seconds.' }),
    sendTraceparent: t.boolean({
      description: 'Whether its requests carry the header `traceparent`, where the installation traces. Default: true.',
    }),
    headers: t.field({ type: [HeaderInput], description: 'Up to 20 extra request headers.' }),
    active: t.boolean({
      description:
        'False: it is made switched off, gets nothing, not even a first ping, until it is switched on. Default: true.',
    }),
  }),
});

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'Fields left out stay as they are; null restores the profile’s default, or clears the field.',
  fields: (t) => ({
    id: t.id({ description: 'The webhook to change.', required: true }),
    externalId: t.string({
      description: 'The id that your own system has for it, unique in its scope: taken wherever its id is.',
    }),
    name: t.string({ description: 'What people call it: 1 to 200 characters.' }),
    description: t.string({ description: 'Up to 2,000 characters for people to read.' }),
    url: t.string({ description: 'Where its requests go. Refused where the URL decides the profile.' }),
    eventTypes: t.stringList({ description: 'The types that it gets; empty or null: all.' }),
    retrySchedule: t.field({ description: 'Own delays: up to 20, each up to 7 days.', type: ['Duration'] }),
    timeout: t.field({ description: '1 to 60 seconds for a whole HTTP exchange.', type: 'Duration' }),
    sendTraceparent: t.boolean({
      description: 'Whether its requests carry the header `traceparent`, where the installation traces. Default: true.',
    }),
    headers: t.field({ type: [HeaderInput], description: 'The complete new list.' }),
  }),
});

const SetWebhookActiveInput = builder.inputType('SetWebhookActiveInput', {
  fields: (t) => ({
    id: t.id({ required: true, description: 'The webhook to switch.' }),
    active: t.boolean({ required: true, description: 'False: it gets no deliveries until it is switched on again.' }),
  }),
});
const DeleteWebhookInput = idInput('DeleteWebhookInput', 'The webhook to delete.');
const SendTestEventInput = builder.inputType('SendTestEventInput', {
  fields: (t) => ({
    webhookId: t.id({ required: true, description: 'The webhook that gets the test.' }),
    idempotencyKey: t.string({
      description: 'Within 24 hours, the same key of the same caller means the same test: it is not sent twice.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createWebhook: t.field({
    description: 'Creates a receiver of deliveries. Its secret is shown in this answer alone.',
    complexity: mutationCost,
    type: CreateWebhookPayload,
    args: { input: t.arg({ type: CreateWebhookInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      const created = await context.services.webhooks.create(context.principal, scope, input as WebhookInput);
      // The webhook exists, and its secret is shown only now: a ping that cannot be sent must not fail the mutation.
      const testDeliveryId = created.pingOnCreate
        ? ((await context.services.sendTest(created.id, context.principal).catch(() => null))?.deliveryId ?? null)
        : null;
      return { webhookId: created.id, secret: created.secret, testDeliveryId };
    },
  }),
  updateWebhook: t.field({
    description: 'Changes a webhook’s configuration, from its next attempt on.',
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
    description: 'Switches a webhook on or off. While it is off, no event makes a delivery for it.',
    complexity: mutationCost,
    type: SetWebhookActivePayload,
    args: { input: t.arg({ type: SetWebhookActiveInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      await services.webhooks.setActive(principal, webhookId, input.active);
      return { webhookId };
    },
  }),
  deleteWebhook: t.field({
    complexity: mutationCost,
    type: DeleteWebhookPayload,
    description:
      'Deletes a webhook: its waiting deliveries are cancelled and its secrets deleted. Its deliveries stay in the log.',
    args: { input: t.arg({ type: DeleteWebhookInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      await services.webhooks.remove(principal, webhookId);
      return { webhookId };
    },
  }),
  sendTestEvent: t.field({
    complexity: mutationCost,
    type: SendTestEventPayload,
    description:
      'Sends the profile’s synthetic event to one webhook, also to one that is disabled or switched off. It does not count in health and statistics.',
    args: { input: t.arg({ type: SendTestEventInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.webhookId, 'webhook', 'input.webhookId');
      await services.webhooks.requireManaged(principal, webhookId, 'input.webhookId');
      return services.sendTest(webhookId, principal, checkActionKey(input.idempotencyKey));
    },
  }),
}));
