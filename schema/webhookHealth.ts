import { queryFromInfo } from '@pothos/plugin-prisma';
import { requireStill } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { following } from './batchedRows.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { WebhookHealth } from './enums.ts';
import { idInput } from './inputs.ts';
import { findable, Node } from './node.ts';
import { webhookById } from './rows.ts';
import { idArgument } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';
import { webhookScope } from './webhookScope.ts';

export const WebhookHealthChange = builder.prismaObject('HealthChange', {
  name: 'WebhookHealthChange',
  description: 'A webhook’s health went from one state to another.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    webhook: t.relation('webhook', { description: 'The webhook whose state it is.' }),
    from: t.expose('from', { description: 'The state before.', type: WebhookHealth }),
    to: t.expose('to', { description: 'The state since then.', type: WebhookHealth }),
    at: t.expose('at', { description: 'When it changed.', type: 'DateTime' }),
    reason: t.exposeString('reason', { description: 'Why, in words; null for a recovery.', nullable: true }),
    cursor: t.string({
      nullable: true,
      description: 'Pass it as `after` to continue after this change.',
      resolve: (change) => (change as { cursor?: string }).cursor ?? null,
    }),
  }),
});

findable('WebhookHealthChange', {
  table: 'health_change',
  read: (context, query, ids) =>
    prismaOf(context).healthChange.findMany({
      ...query,
      where: { webhook: visible(context.principal, 'WEBHOOK_READ'), id: { in: ids } },
    }),
});

const ReEnableWebhookPayload = builder.objectRef<{ webhookId: string }>('ReEnableWebhookPayload').implement({
  fields: (t) => ({
    webhook: t.prismaField({
      type: Webhook,
      resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
    }),
  }),
});

const ReEnableWebhookInput = idInput('ReEnableWebhookInput', 'The webhook that its failures disabled.');

builder.mutationFields((t) => ({
  reEnableWebhook: t.field({
    complexity: mutationCost,
    type: ReEnableWebhookPayload,
    description:
      'Enables a webhook that was disabled by its failures. "recoverDeliveries" sends what failed or was cancelled, and the events that it missed meanwhile.',
    args: { input: t.arg({ type: ReEnableWebhookInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.id, 'webhook', 'input.id');
      await services.reEnable(principal, webhookId);
      return { webhookId };
    },
  }),
}));

builder.subscriptionFields((t) => ({
  webhookHealthChanged: t.field({
    type: WebhookHealthChange,
    description:
      'Each change of a webhook’s health, once, from now on or after a cursor (one of `deliveryCursor` works too).',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: {
      webhookId: t.arg.id(),
      projectId: t.arg.id(),
      organizationId: t.arg.id(),
      after: t.arg.string({ description: 'The `cursor` of the last change received.' }),
    },
    subscribe: async (_root, args, context) => {
      const scope = await webhookScope(context, args);
      return following(scope, (signal) =>
        context.services.healthFeed.changes({ ...scope, after: args.after ?? undefined, signal }),
      );
    },
    resolve: async ({ change, batch, scope }, _args, context, info) => {
      requireStill(context.principal, 'WEBHOOK_READ', scope);
      const query = queryFromInfo({ context, info }) as { select: Prisma.HealthChangeSelect };
      const row = await batch.row(change.id, context.principal, (ids) =>
        prismaOf(context).healthChange.findMany({
          ...query,
          where: { id: { in: ids }, webhook: visible(context.principal, 'WEBHOOK_READ') },
        }),
      );
      if (!row) throw notFound('webhook');
      return Object.assign(row, { cursor: change.cursor });
    },
  }),
}));
