import * as stored from '../core/store/prisma/enums.ts';
import type { RevealedSecret } from '../core/webhooks/reveal.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { idInput } from './inputs.ts';
import { webhookById } from './rows.ts';
import { idArgument } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

const RotateWebhookSecretPayload = builder
  .objectRef<{ webhookId: string; secret: string; retiringUntil: Date | null }>('RotateWebhookSecretPayload')
  .implement({
    fields: (t) => ({
      webhook: t.prismaField({
        type: Webhook,
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
      secret: t.exposeString('secret', { description: 'Shown only here.' }),
      retiringSecretUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The old secret also signs until then. Null where it ended at once.',
        resolve: ({ retiringUntil }) => retiringUntil,
      }),
    }),
  });

const RetireWebhookSecretPayload = builder.objectRef<{ webhookId: string }>('RetireWebhookSecretPayload').implement({
  fields: (t) => ({
    webhook: t.prismaField({
      type: Webhook,
      resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
    }),
  }),
});

const ExtendRetiringSecretPayload = builder
  .objectRef<{ webhookId: string; retiringUntil: Date }>('ExtendRetiringSecretPayload')
  .implement({
    fields: (t) => ({
      webhook: t.prismaField({
        type: Webhook,
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
      retiringSecretUntil: t.field({
        description: 'The old secret also signs until then.',
        type: 'DateTime',
        resolve: ({ retiringUntil }) => retiringUntil,
      }),
    }),
  });

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  fields: (t) => ({
    id: t.id({ required: true, description: 'The webhook that gets a new secret.' }),
    secret: t.string({ description: 'Your own secret, where the profile allows one. Left out: one is made.' }),
  }),
});
const RetireWebhookSecretInput = idInput('RetireWebhookSecretInput', 'The webhook whose old secret ends.');
const ExtendRetiringSecretInput = idInput(
  'ExtendRetiringSecretInput',
  'The webhook whose old secret lives longer.',
  'webhook',
);
const SecretState = builder.enumType('SecretState', {
  description: 'What a webhook’s secret does.',
  values: {
    ACTIVE: { value: stored.SecretState.ACTIVE, description: 'It signs.' },
    RETIRING: {
      value: stored.SecretState.RETIRING,
      description: 'It signs beside the active one until its time is over.',
    },
  },
});

const LiveSecret = builder.objectRef<RevealedSecret>('WebhookSecret').implement({
  description: 'A secret that signs a webhook’s deliveries now.',
  fields: (t) => ({
    secret: t.exposeString('secret', { description: 'The secret in clear, as it was shown when it was made.' }),
    state: t.expose('state', { type: SecretState, description: 'Whether it stays or retires.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    retiresAt: t.expose('retiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when it signs; null for the active one.',
    }),
  }),
});

const RevealWebhookSecretInput = builder.inputType('RevealWebhookSecretInput', {
  description: 'The input of `revealWebhookSecret`.',
  fields: (t) => ({
    webhookId: t.id({ required: true, description: 'The webhook.' }),
  }),
});

const RevealWebhookSecretPayload = builder
  .objectRef<{ secrets: readonly RevealedSecret[] }>('RevealWebhookSecretPayload')
  .implement({
    description: 'The answer of `revealWebhookSecret`.',
    fields: (t) => ({
      secrets: t.field({
        type: [LiveSecret],
        description: 'Its live secrets, the active one first: one, or two while one retires.',
        resolve: ({ secrets }) => [...secrets],
      }),
    }),
  });

builder.mutationFields((t) => ({
  revealWebhookSecret: t.field({
    complexity: mutationCost,
    type: RevealWebhookSecretPayload,
    description:
      'Shows a webhook’s signing secrets again, and records in the audit log who saw them. For webhooks of the profiles STANDARD, PLANE, PLANE_CONNECTION and TASKS; needs the permission SECRET_REVEAL.',
    args: { input: t.arg({ type: RevealWebhookSecretInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.webhookId, 'webhook', 'input.webhookId');
      return { secrets: await services.revealSecrets(principal, webhookId) };
    },
  }),
  rotateWebhookSecret: t.field({
    complexity: mutationCost,
    type: RotateWebhookSecretPayload,
    description:
      'Creates a new secret, which signs at once. For profiles with a rotation window, the old one also signs for 24 hours.',
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      return { webhookId, ...(await services.rotation.rotate(principal, webhookId, input.secret ?? null)) };
    },
  }),
  retireWebhookSecret: t.field({
    complexity: mutationCost,
    type: RetireWebhookSecretPayload,
    description: 'Ends the old secret of a rotation at once.',
    args: { input: t.arg({ type: RetireWebhookSecretInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      await services.rotation.retire(principal, webhookId);
      return { webhookId };
    },
  }),
  extendRetiringSecret: t.field({
    complexity: mutationCost,
    type: ExtendRetiringSecretPayload,
    description: 'Extends the old secret of a rotation by 24 hours, once.',
    args: { input: t.arg({ type: ExtendRetiringSecretInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      return { webhookId, retiringUntil: await services.rotation.extend(principal, webhookId) };
    },
  }),
}));
