import type { WebhookInput } from '../core/webhooks/webhooks.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Profile } from './enums.ts';
import { HeaderInput } from './header.ts';
import { Organization } from './organization.ts';
import { Project } from './project.ts';
import { webhookById } from './rows.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

const externalId = 'The id that your own system has for it: by this it is found.';
const created = 'Whether there was none with this external id before.';

const UpsertOrganizationInput = builder.inputType('UpsertOrganizationInput', {
  description: 'An organization as it shall be.',
  fields: (t) => ({
    externalId: t.string({ required: true, description: externalId }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
  }),
});

const UpsertOrganizationPayload = builder
  .objectRef<{ id: string; created: boolean }>('UpsertOrganizationPayload')
  .implement({
    description: 'The organization as it was asked for.',
    fields: (t) => ({
      created: t.exposeBoolean('created', { description: created }),
      organization: t.prismaField({
        type: Organization,
        description: 'The organization.',
        resolve: (query, { id }, _args, context) =>
          prismaOf(context).organization.findUniqueOrThrow({ ...query, where: { id } }),
      }),
    }),
  });

const UpsertProjectInput = builder.inputType('UpsertProjectInput', {
  description: 'A project as it shall be.',
  fields: (t) => ({
    organizationId: t.id({ required: true, description: 'Its organization.' }),
    externalId: t.string({ required: true, description: externalId }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    profile: t.field({ type: Profile, description: 'Left out: it stays; a new project has STANDARD.' }),
  }),
});

const UpsertProjectPayload = builder.objectRef<{ id: string; created: boolean }>('UpsertProjectPayload').implement({
  description: 'The project as it was asked for.',
  fields: (t) => ({
    created: t.exposeBoolean('created', { description: created }),
    project: t.prismaField({
      type: Project,
      description: 'The project.',
      resolve: (query, { id }, _args, context) =>
        prismaOf(context).project.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

const UpsertWebhookInput = builder.inputType('UpsertWebhookInput', {
  description:
    'A webhook as it shall be. Of one that exists, fields left out stay as they are, and null restores the profile’s default or clears the field.',
  fields: (t) => ({
    organizationId: t.id({ description: 'For a webhook of the whole organization.' }),
    projectId: t.id({ description: 'For a webhook of one project.' }),
    externalId: t.string({ required: true, description: externalId }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    description: t.string({ description: 'For people.' }),
    url: t.string({ required: true, description: 'The target of its requests.' }),
    eventTypes: t.stringList({ description: 'The types that it gets; empty: all.' }),
    profile: t.field({ type: Profile, description: 'Default: its project’s. It never changes.' }),
    secret: t.string({ description: 'Your own secret, where the profile allows one. Only for a new webhook.' }),
    retrySchedule: t.field({ type: ['Duration'], description: 'Own delays: up to 20, each up to 7 days.' }),
    timeout: t.field({ type: 'Duration', description: '1 to 60 seconds.' }),
    sendTraceparent: t.boolean({
      description: 'Whether its requests carry the header `traceparent`, where the installation traces. Default: true.',
    }),
    headers: t.field({ type: [HeaderInput], description: 'The complete list of up to 20 extra request headers.' }),
    active: t.boolean({
      description:
        'Whether it is switched on, in one step with the rest. Left out or null: one that exists stays as it is, and a new one is on. A new one that is off gets no first ping.',
    }),
  }),
});

const UpsertWebhookPayload = builder
  .objectRef<{ id: string; created: boolean; secret: string | null }>('UpsertWebhookPayload')
  .implement({
    description: 'The webhook as it was asked for.',
    fields: (t) => ({
      created: t.exposeBoolean('created', { description: created }),
      webhook: t.prismaField({
        type: Webhook,
        description: 'The webhook.',
        resolve: (query, { id }, _args, context) => webhookById(query, id, context),
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description:
          'The new webhook’s secret, shown only here. Null where it existed before, or the profile has none.',
      }),
    }),
  });

builder.mutationFields((t) => ({
  upsertOrganization: t.field({
    complexity: mutationCost,
    type: UpsertOrganizationPayload,
    authScopes: { operator: true },
    description: 'Creates an organization, or changes the one with this external id. For the operator.',
    args: { input: t.arg({ type: UpsertOrganizationInput, required: true, description: 'The organization.' }) },
    resolve: (_root, { input }, { principal, services }) => services.upserts.organization(principal, input),
  }),
  upsertProject: t.field({
    complexity: mutationCost,
    type: UpsertProjectPayload,
    description: 'Creates a project, or changes the one with this external id in the organization.',
    args: { input: t.arg({ type: UpsertProjectInput, required: true, description: 'The project.' }) },
    resolve: (_root, { input }, { principal, services }) => {
      const organizationId = idArgument(input.organizationId, 'organization', 'input.organizationId');
      const { externalId, name, profile } = input;
      return services.upserts.project(principal, organizationId, { externalId, name, profile: profile ?? null });
    },
  }),
  upsertWebhook: t.field({
    complexity: mutationCost,
    type: UpsertWebhookPayload,
    description:
      'Creates a webhook, or changes the one with this external id in the project, or of the organization. If it is so already, nothing is written.',
    args: { input: t.arg({ type: UpsertWebhookInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      const { principal, services } = context;
      const given = input as WebhookInput & { externalId: string };
      const { pingOnCreate, ...upserted } = await services.webhooks.upsert(principal, scope, given);
      // As with "createWebhook", a ping that cannot be sent must not fail the mutation.
      if (pingOnCreate) await services.sendTest(upserted.id, principal).catch(() => null);
      return upserted;
    },
  }),
}));
