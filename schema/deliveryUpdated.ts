import { queryFromInfo } from '@pothos/plugin-prisma';
import { visible } from '../server/access/visible.ts';
import { notFound } from '../server/errors.ts';
import type { Prisma } from '../server/store/prisma/client.ts';
import { builder } from './builder.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { DeliveryStatus } from './enums.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import type { DeliveryChange } from './services.ts';

interface Filter {
  readonly webhookId: string | null;
  readonly projectId: string | null;
  readonly statuses: readonly string[] | null;
}

const matches = (filter: Filter, change: DeliveryChange): boolean =>
  (filter.webhookId === null || change.webhookId === filter.webhookId) &&
  (filter.projectId === null || change.projectId === filter.projectId) &&
  (filter.statuses === null || filter.statuses.includes(change.status));

async function* changes(
  context: Context,
  organizationId: string,
  after: string | null,
  filter: Filter,
): AsyncGenerator<DeliveryChange> {
  const ending = new AbortController();
  const feed = context.services.liveFeed.deliveries({
    organizationId,
    signal: ending.signal,
    ...(after === null ? {} : { after }),
  });
  try {
    for await (const batch of feed) for (const change of batch) if (matches(filter, change)) yield change;
  } finally {
    ending.abort();
  }
}

builder.subscriptionFields((t) => ({
  deliveryUpdated: t.field({
    type: Delivery,
    description: 'Every change of a delivery, from now on or from behind a cursor.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: {
      webhookId: t.arg.id(),
      projectId: t.arg.id(),
      organizationId: t.arg.id(),
      statuses: t.arg({ type: [DeliveryStatus] }),
      after: t.arg.string({ description: 'The `cursor` of the last change that was seen.' }),
    },
    subscribe: async (_root, args, context) => {
      const webhookId = args.webhookId == null ? null : idArgument(args.webhookId, 'webhook', 'webhookId');
      const named = args.organizationId != null || args.projectId != null;
      const ofWebhook =
        webhookId === null ? null : await context.services.webhooks.scopeOf(context.principal, webhookId);
      const scope = ofWebhook && !named ? { ...ofWebhook, projectId: null } : await scopeOf(context, args);
      if (ofWebhook && ofWebhook.organizationId !== scope.organizationId) throw notFound('webhook', 'webhookId');
      // A key that is restricted to a project sees its project, whatever it names.
      const own = context.principal.kind === 'API_KEY' ? context.principal.projectId : null;
      const filter = { webhookId, projectId: own ?? scope.projectId, statuses: args.statuses ?? null };
      return changes(context, scope.organizationId, args.after ?? null, filter);
    },
    resolve: async (change, _args, context, info) => {
      const query = queryFromInfo({ context, info }) as { select: Prisma.DeliverySelect };
      const delivery = await prismaOf(context).delivery.findFirst({
        ...query,
        where: { AND: [visible(context.principal), { id: change.deliveryId }] },
      });
      if (!delivery) throw notFound('delivery');
      return Object.assign(delivery, { cursor: change.cursor });
    },
  }),
}));
