import { queryFromInfo } from '@pothos/plugin-prisma';
import { narrowed, requireStill } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { filterLabels } from '../core/labels/label.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { following } from './batchedRows.ts';
import { builder } from './builder.ts';
import { prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { DeliveryStatus } from './enums.ts';
import { LabelInput } from './label.ts';
import { scopeOf } from './scopeArgs.ts';
import { webhookScope } from './webhookScope.ts';

builder.subscriptionFields((t) => ({
  deliveryUpdated: t.field({
    type: Delivery,
    description: 'Every change of a delivery, from now on or after a cursor.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: {
      webhookId: t.arg.id(),
      projectId: t.arg.id(),
      organizationId: t.arg.id(),
      statuses: t.arg({ description: 'Only changes to one of these statuses.', type: [DeliveryStatus] }),
      labels: t.arg({ type: [LabelInput], description: 'Their events have all of these. At most 10.' }),
      after: t.arg.string({ description: 'The `cursor` of the last change received.' }),
    },
    subscribe: async (_root, args, context) => {
      const scope = await webhookScope(context, args);
      const statuses = args.statuses ? [...new Set(args.statuses)] : undefined;
      const labels = filterLabels(args.labels ?? [], 'labels');
      const { liveFeed, listing } = context.services;
      return following(
        scope,
        (signal) => liveFeed.deliveries({ ...scope, statuses, after: args.after ?? undefined, signal }),
        labels.length === 0 ? undefined : (ids) => listing.labelled(ids, labels),
      );
    },
    resolve: async ({ change, batch, scope }, _args, context, info) => {
      requireStill(context.principal, 'WEBHOOK_READ', scope);
      const query = queryFromInfo({ context, info }) as { select: Prisma.DeliverySelect };
      const delivery = await batch.row(change.id, context.principal, (ids) =>
        prismaOf(context).delivery.findMany({
          ...query,
          where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
        }),
      );
      if (!delivery) throw notFound('delivery');
      return Object.assign(delivery, { cursor: change.cursor });
    },
  }),
}));

builder.queryFields((t) => ({
  deliveryCursor: t.string({
    description:
      'The present cursor, for `deliveryUpdated`: a client that reads it before it publishes misses none of its deliveries.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { projectId: t.arg.id(), organizationId: t.arg.id() },
    resolve: async (_root, args, context) => {
      const { organizationId } = narrowed(context.principal, 'WEBHOOK_READ', await scopeOf(context, args));
      return context.services.liveFeed.cursor(organizationId);
    },
  }),
}));
