import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { visible } from '../core/access/visible.ts';
import { filterLabels } from '../core/labels/label.ts';
import type { DeliveryFilter } from '../core/listing/deliveryFilter.ts';
import { inScopes, type Narrowed, scopesOf } from '../core/listing/scopes.ts';
import type { Delivery, Prisma } from '../core/store/prisma/client.ts';
import { builder } from './builder.ts';
import { type Context, prismaOf } from './context.ts';
import { DeliveryStatus } from './enums.ts';
import { LabelInput } from './label.ts';
import { type ListedPage, listedPage } from './listed.ts';
import { type NestedList, nestedPage, type Row } from './nestedPages.ts';
import { type PageArgs, pageSize } from './page.ts';
import { namesOf } from './searchArgs.ts';

/** What every list of deliveries is filtered by. */
export const deliveryFilters = builder.args((t) => ({
  eventTypes: t.stringList({ description: 'Only of events of these types: 100 at most.' }),
  labels: t.field({ type: [LabelInput], description: 'Their events have all of these. At most 10.' }),
  statuses: t.field({ type: [DeliveryStatus], description: 'Only those that are this far.' }),
  responseCode: t.int({ description: 'Only those whose last attempt was answered with this HTTP status.' }),
  isTest: t.boolean({ description: 'Only tests, or only what is no test.' }),
  from: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
  to: t.field({ type: 'DateTime', description: 'Created before this time.' }),
}));

interface Filters {
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly labels?: readonly { readonly key: string; readonly value: string }[] | null | undefined;
  readonly statuses?: readonly (typeof DeliveryStatus.$inferType)[] | null | undefined;
  readonly responseCode?: number | null | undefined;
  readonly isTest?: boolean | null | undefined;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
}

/** @throws ApiError that names the argument at fault */
export const filterOf = (args: Filters): DeliveryFilter => ({
  eventTypes: args.eventTypes ? namesOf(args.eventTypes, 'eventTypes') : undefined,
  labels: args.labels ? filterLabels(args.labels, 'labels') : undefined,
  statuses: args.statuses ? [...new Set(args.statuses)] : undefined,
  responseCode: args.responseCode ?? undefined,
  isTest: args.isTest ?? undefined,
  from: args.from ?? undefined,
  to: args.to ?? undefined,
});

/** What every delivery of a list has, whatever is asked of it. */
type Listed = Pick<Delivery, 'id' | 'eventId' | 'organizationId' | 'projectId'>;

/** A page of the delivery log. */
export function deliveryPage(
  args: PageArgs,
  filter: DeliveryFilter,
  narrowed: Narrowed,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<ListedPage<Listed>> {
  const seen = visible(context.principal, 'WEBHOOK_READ');
  return listedPage(
    args,
    (bounds, count) => context.services.listing.deliveries(scopesOf(seen, narrowed), filter, bounds, count),
    (ids) => {
      const query = queryFromInfo({ context, info, path: ['edges', 'node'] }) as { select: Prisma.DeliverySelect };
      return prismaOf(context).delivery.findMany({ ...query, where: { AND: [seen, { id: { in: ids } }] } });
    },
  );
}

const ofRow = (owner: 'webhook_id' | 'event_id' | 'replay_of_id'): NestedList => ({
  type: 'Delivery',
  table: 'delivery',
  owner,
  permission: 'WEBHOOK_READ',
  within: (scopes, parameters) => inScopes('r', scopes).sql(parameters),
});
const ofWebhook = ofRow('webhook_id');
const ofEvent = ofRow('event_id');
const ofOriginal = ofRow('replay_of_id');

const isFiltered = (filter: DeliveryFilter) => Object.values(filter).some((each) => each !== undefined);

/** A page of the deliveries to a webhook. */
export async function deliveriesOfWebhook(
  webhook: Row,
  args: PageArgs & Filters,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<ListedPage<Listed>> {
  const filter = filterOf(args);
  if (!isFiltered(filter)) return nestedPage(ofWebhook, webhook, args, context, info);
  // Whoever made a webhook is shown it, and may see nothing of its deliveries nevertheless.
  const found = await prismaOf(context).webhook.findUnique({
    where: { id: webhook.id },
    select: { id: true, organizationId: true, projectId: true },
  });
  if (!found) return nestedPage(ofWebhook, webhook, args, context, info);
  return deliveryPage(args, { ...filter, webhook: found }, {}, context, info);
}

/** A page of the deliveries of an event. */
export function deliveriesOfEvent(
  event: Row,
  args: PageArgs & Filters,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<ListedPage<Listed>> {
  const filter = filterOf(args);
  if (!isFiltered(filter)) return nestedPage(ofEvent, event, args, context, info);
  return deliveryPage(args, { ...filter, eventId: event.id }, {}, context, info);
}

/** The latest deliveries that repeat one. */
export async function replaysOf(delivery: Row, context: Context, info: GraphQLResolveInfo): Promise<Listed[]> {
  const { edges } = await nestedPage<Listed>(ofOriginal, delivery, { first: pageSize.max }, context, info, []);
  return edges.map(({ node }) => node);
}
