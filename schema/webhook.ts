import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { inScopes } from '../core/listing/scopes.ts';
import { profileOf } from '../core/profiles/registry.ts';
import { likeLiteral } from '../core/store/likeLiteral.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { disableCauseOf } from '../core/webhooks/disableCause.ts';
import { builder } from './builder.ts';
import { edgesOnce, nestedPageCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Delivery, DeliveryConnection, DeliveryEdge } from './delivery.ts';
import { deliveriesOfWebhook, deliveryFilters } from './deliveryLog.ts';
import { DisableCause, Profile, WebhookHealth } from './enums.ts';
import { Header } from './header.ts';
import type { NestedList } from './nestedPages.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, scopeFilter } from './scopeArgs.ts';
import { searchText } from './searchArgs.ts';

export const Webhook = builder.prismaObject('Webhook', {
  description: 'A receiver of deliveries, and how they are sent.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'The id that your own system has for it: taken wherever its id is.',
    }),
    organization: t.relation('organization'),
    project: t.relation('project', { nullable: true, description: 'Null for a webhook of the whole organization.' }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    description: t.string({
      description: 'For people to read; null for none.',
      nullable: true,
      resolve: async ({ id }, _args, { loaders }) => (await loaders.webhookTexts(id))?.description ?? null,
    }),
    profile: t.expose('profile', { description: 'The wire contract of its deliveries.', type: Profile }),
    url: t.exposeString('url', {
      description: 'The target of its requests; redacted where the URL is itself a credential.',
    }),
    eventTypes: t.stringList({
      description: 'The types that it gets; empty: all.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.webhookTexts(id))?.eventTypes ?? [],
    }),
    active: t.exposeBoolean('active', { description: 'Whether users have it switched on.' }),
    health: t.field({
      description: 'Its state by its recent deliveries.',
      type: WebhookHealth,
      select: { state: { select: { health: true } } },
      resolve: ({ state }) => state?.health ?? 'HEALTHY',
    }),
    healthReason: t.field({
      description: 'Why it is degraded or disabled, in words; null while it is healthy.',
      type: 'String',
      nullable: true,
      select: { state: { select: { healthReason: true } } },
      resolve: ({ state }) => state?.healthReason ?? null,
    }),
    disabledBy: t.field({
      description: 'What disabled it; null where it is not disabled, or that is no longer known.',
      type: DisableCause,
      nullable: true,
      select: { state: { select: { health: true, healthReason: true } } },
      resolve: ({ state }) => (state?.health === 'DISABLED' ? disableCauseOf(state.healthReason) : null),
    }),
    inactiveSince: t.field({
      description: 'Since when users have it switched off; null where it is on, or that is no longer known.',
      type: 'DateTime',
      nullable: true,
      select: { active: true, deactivatedAt: true },
      resolve: ({ active, deactivatedAt }) => (active ? null : deactivatedAt),
    }),
    consecutiveFailures: t.field({
      description: 'Deliveries in a row that failed, up to now.',
      type: 'Int',
      select: { state: { select: { consecutiveFailures: true } } },
      resolve: ({ state }) => state?.consecutiveFailures ?? 0,
    }),
    retrySchedule: t.field({
      type: ['Duration'],
      description: 'Delays before the retries, first retry first: the webhook’s own, or its profile’s.',
      select: { profile: true, ownSchedule: true, retryScheduleMs: true },
      resolve: ({ profile, ownSchedule, retryScheduleMs }) =>
        ownSchedule ? retryScheduleMs : profileOf(profile).scheduleMs,
    }),
    ownRetrySchedule: t.field({
      type: ['Duration'],
      nullable: true,
      description: 'Its own delays before the retries, none where it is empty; null where its profile’s hold.',
      select: { ownSchedule: true, retryScheduleMs: true },
      resolve: ({ ownSchedule, retryScheduleMs }) => (ownSchedule ? retryScheduleMs : null),
    }),
    ownTimeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Its own time limit for a whole HTTP exchange; null where its profile’s holds.',
      select: { timeoutMs: true },
      resolve: ({ timeoutMs }) => timeoutMs,
    }),
    timeout: t.field({
      type: 'Duration',
      description: 'Time limit for a whole HTTP exchange.',
      select: { profile: true, timeoutMs: true },
      resolve: ({ profile, timeoutMs }) => timeoutMs ?? profileOf(profile).timeoutMs,
    }),
    sendTraceparent: t.exposeBoolean('sendTraceparent', {
      description: 'Whether its requests carry the header `traceparent`, where the installation traces.',
    }),
    headers: t.field({
      type: [Header],
      description:
        'Extra request headers. Their values are never shown. Empty where `headersReadable` is false, although there are some.',
      resolve: async ({ id }, _args, { loaders, services }) => {
        const headers = services.webhooks.shownHeadersOrNull(id, await loaders.webhookHeaders(id));
        return (headers ?? []).map(([name, value]) => ({ name, value }));
      },
    }),
    headersReadable: t.field({
      type: 'Boolean',
      description:
        'False where its headers cannot be decrypted, because a key of the installation is missing: nothing is sent to it until the operator has put that back, or you give a complete new list of headers with `updateWebhook`.',
      resolve: async ({ id }, _args, { loaders, services }) =>
        services.webhooks.shownHeadersOrNull(id, await loaders.webhookHeaders(id)) !== null,
    }),
    hasSecret: t.field({
      description: 'Whether a secret signs its requests.',
      type: 'Boolean',
      select: { secrets: { select: { state: true, retiresAt: true, extendedAt: true } } },
      resolve: ({ secrets }) => secrets.some(({ state }) => state === 'ACTIVE'),
    }),
    retiringSecretUntil: t.field({
      description: 'Until then the old secret of a rotation signs too; null where there is none.',
      type: 'DateTime',
      nullable: true,
      select: { secrets: { select: { state: true, retiresAt: true, extendedAt: true } } },
      resolve: ({ secrets }) => secrets.find(({ state }) => state === 'RETIRING')?.retiresAt ?? null,
    }),
    retiringSecretExtended: t.field({
      description: 'Whether the old secret has had its one extension.',
      type: 'Boolean',
      select: { secrets: { select: { state: true, retiresAt: true, extendedAt: true } } },
      resolve: ({ secrets }) => secrets.some(({ state, extendedAt }) => state === 'RETIRING' && extendedAt !== null),
    }),
    lastDispatchedAt: t.field({
      description: 'When a request was last sent to it; null for never.',
      type: 'DateTime',
      nullable: true,
      select: { state: { select: { lastDispatchedAt: true } } },
      resolve: ({ state }) => state?.lastDispatchedAt ?? null,
    }),
    lastSuccessAt: t.field({
      description: 'When an attempt last succeeded; null for never.',
      type: 'DateTime',
      nullable: true,
      select: { state: { select: { lastSuccessAt: true } } },
      resolve: ({ state }) => state?.lastSuccessAt ?? null,
    }),
    lastFailureAt: t.field({
      description: 'When an attempt last failed; null for never.',
      type: 'DateTime',
      nullable: true,
      select: { state: { select: { lastFailureAt: true } } },
      resolve: ({ state }) => state?.lastFailureAt ?? null,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When its configuration or its secret was last changed; at first, when it was created.',
      select: { createdAt: true, updatedAt: true },
      resolve: ({ createdAt, updatedAt }) => updatedAt ?? createdAt,
    }),
    listenerExpiresAt: t.expose('listenerExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'Set for a listener, whose requests a client of the API takes: when it vanishes if that client does not say that it still listens.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Set for a deleted webhook, which only the delivery log still shows.',
    }),
    deliveries: t.connection(
      {
        type: Delivery,
        description: 'What was sent to it, newest first.',
        complexity: nestedPageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        args: deliveryFilters,
        resolve: (webhook, args, context, info) => deliveriesOfWebhook(webhook, args, context, info),
      },
      DeliveryConnection,
      DeliveryEdge,
    ),
  }),
});

findable('Webhook', {
  table: 'webhook',
  read: (context, query, ids) =>
    prismaOf(context).webhook.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids }, deletedAt: null }] },
    }),
});

/** The list of webhooks of an organization, or of a project. */
export const webhooksOf = (owner: 'organization_id' | 'project_id'): NestedList => ({
  type: 'Webhook',
  table: 'webhook',
  owner,
  where: 'r.deleted_at IS NULL AND r.listener_expires_at IS NULL',
  permission: 'WEBHOOK_READ',
  within: (scopes, parameters) => inScopes('r', scopes).sql(parameters),
});

export const WebhookEdge = builder.edgeObject({ name: 'WebhookEdge', type: Webhook });
export const WebhookConnection = builder.connectionObject(
  { name: 'WebhookConnection', type: Webhook, ...edgesOnce },
  WebhookEdge,
);

builder.queryFields((t) => ({
  webhook: t.prismaField({
    description: 'One webhook.',
    type: Webhook,
    nullable: true,
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const id = idArgument(args.id, 'webhook', 'id');
      const webhook = await prismaOf(context).webhook.findFirst({
        ...query,
        where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id, deletedAt: null }] },
      });
      if (!webhook) throw notFound('webhook', 'id');
      return webhook;
    },
  }),
  webhooks: t.prismaConnection(
    {
      description: 'Webhooks, newest first, without deleted ones.',
      type: Webhook,
      cursor: 'id',
      complexity: pageCost,
      authScopes: { permission: 'WEBHOOK_READ' },
      args: {
        organizationId: t.arg.id(),
        projectId: t.arg.id(),
        active: t.arg.boolean({ description: 'Only those that users have switched on, or off.' }),
        health: t.arg({ description: 'Only those in one of these states.', type: [WebhookHealth] }),
        listeners: t.arg.boolean({
          description:
            'Only listeners, which are in no list otherwise: webhooks whose requests a client of the API takes.',
        }),
        paused: t.arg.boolean({
          description:
            'Only those that are paused, or are not. One whose held deliveries are being sent is paused until the last one.',
        }),
        search: t.arg.string({ description: 'A part of the name or the URL; the case of letters does not matter.' }),
      },
      resolve: async (query, _root, args, context) => {
        const filters: Prisma.WebhookWhereInput[] = [
          visible(context.principal, 'WEBHOOK_READ'),
          await scopeFilter(context, args, 'WEBHOOK_READ'),
          { deletedAt: null, listenerExpiresAt: args.listeners ? { not: null } : null },
        ];
        if (args.active != null) filters.push({ active: args.active });
        if (args.health) filters.push({ state: { health: { in: [...new Set(args.health)] } } });
        if (args.paused != null) filters.push({ pausedAt: args.paused ? { not: null } : null });
        if (args.search) {
          const part = { contains: likeLiteral(searchText(args.search, 'search')), mode: 'insensitive' as const };
          filters.push({ OR: [{ name: part }, { url: part }] });
        }
        return prismaOf(context).webhook.findMany({ ...query, where: { AND: filters }, orderBy: newestFirst });
      },
    },
    WebhookConnection,
    WebhookEdge,
  ),
}));
