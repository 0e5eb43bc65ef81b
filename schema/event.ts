import { queryFromInfo } from '@pothos/plugin-prisma';
import type { Principal } from '../core/access/principal.ts';
import { visible, visibleWhole } from '../core/access/visible.ts';
import { JsonText } from '../core/answers/answerText.ts';
import { ApiError, invalid, notFound } from '../core/ground/errors.ts';
import { checkIdempotencyKey } from '../core/ground/idempotencyKey.ts';
import { parseId } from '../core/ground/parseId.ts';
import { jsonTextOf } from '../core/json/sourceText.ts';
import { filterLabels, labelsOf } from '../core/labels/label.ts';
import type { EventFilter } from '../core/listing/eventFilter.ts';
import { organizationsOf, type Scopes, scopesOf } from '../core/listing/scopes.ts';
import type { Prisma } from '../core/store/prisma/client.ts';

import { builder } from './builder.ts';
import { bodyCost, edgesOnce, nestedPageCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Delivery, DeliveryConnection, DeliveryEdge } from './delivery.ts';
import { counts, DeliveryCount } from './deliveryCounts.ts';
import { deliveriesOfEvent, deliveryFilters } from './deliveryLog.ts';
import { keys } from './eventKeys.ts';
import { Label, LabelInput } from './label.ts';
import { listedPage, searchedUntil } from './listed.ts';
import { findable, Node } from './node.ts';
import { idArgument, scopeFilter } from './scopeArgs.ts';
import { namesOf } from './searchArgs.ts';

/**
 * The type selects the scalars, and they have no selection of their own, so that an event that was just published is answered
 * from memory: a field with a selection would load the row.
 */
export const Event = builder.prismaObject('Event', {
  description: 'Something that happened, published once.',
  select: { id: true, type: true, occurredAt: true, labels: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => id }),
    type: t.string({ description: 'Its type, such as “task.created”.', resolve: ({ type }) => type }),
    occurredAt: t.field({
      description: 'When it happened, by its publisher’s clock.',
      type: 'DateTime',
      resolve: ({ occurredAt }) => occurredAt,
    }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      complexity: bodyCost,
      description: 'What the publisher said, with its key order and the text of its numbers. Null where it was erased.',
      resolve: async ({ id }, _args, { loaders }) => {
        const text = await loaders.eventData(id);
        if (text === null) throw notFound('event');
        // No event is published with null.
        return text === 'null' ? null : new JsonText(text);
      },
    }),
    dataText: t.string({
      nullable: true,
      complexity: bodyCost,
      description:
        '`data` as JSON text, for clients whose numbers would change it: JavaScript reads 1.0 as 1. Null where it was erased.',
      resolve: async ({ id }, _args, { loaders }) => {
        const text = await loaders.eventData(id);
        if (text === null) throw notFound('event');
        return text === 'null' ? null : text;
      },
    }),
    idempotencyKey: t.string({
      nullable: true,
      complexity: 5,
      description:
        'The key that it was published with. Null 24 hours later, when keys are forgotten, and where there was none.',
      resolve: async ({ id }, _args, context) => (await keys(context))(id),
    }),
    deliveryCounts: t.field({
      type: [DeliveryCount],
      complexity: 5,
      authScopes: { permission: 'WEBHOOK_READ' },
      description:
        'How many of its deliveries have each status, replays included; a status that none has is left out. Only those that you may see are counted.',
      resolve: async ({ id }, _args, context) => (await (await counts(context))(id)) ?? [],
    }),
    labels: t.field({
      type: [Label],
      description: 'What its publisher labelled it with, sorted by key.',
      // A stored event has them as an object, one that was just published as a list.
      resolve: ({ labels }) => [...labelsOf(labels)],
    }),
    erasedAt: t.expose('erasedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When `eraseEvents` took its content away: it has no data and no labels, and cannot be replayed.',
    }),
    traceparent: t.exposeString('traceparent', {
      nullable: true,
      description:
        'Its place in its publisher’s trace, where the installation traces: of the span that published it, or of its publisher.',
    }),
    isTest: t.exposeBoolean('isTest', { description: 'Whether it is a test, which one webhook alone gets.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    project: t.relation('project', {
      description: 'The project that it was published in; null for the whole organization.',
      nullable: true,
    }),
    deliveries: t.connection(
      {
        type: Delivery,
        description: 'What was sent of it, newest first: one delivery for each webhook, and its replays.',
        complexity: nestedPageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        args: deliveryFilters,
        resolve: (event, args, context, info) => deliveriesOfEvent(event, args, context, info),
      },
      DeliveryConnection,
      DeliveryEdge,
    ),
  }),
});

findable('Event', {
  table: 'event',
  read: (context, query, ids) =>
    prismaOf(context).event.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
    }),
});

export const EventEdge = builder.edgeObject({ name: 'EventEdge', type: Event });
export const EventConnection = builder.connectionObject(
  {
    name: 'EventConnection',
    type: Event,
    ...edgesOnce,
    fields: (t) => ({
      searchedUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: searchedUntil.description,
        resolve: searchedUntil.of,
      }),
    }),
  },
  EventEdge,
);

/** The organizations whose own webhooks the principal may read; undefined where that is so of all in the scopes. */
function wholeIdsOf(principal: Principal, scopes: Scopes): readonly string[] | undefined {
  const whole = visibleWhole(principal, 'WEBHOOK_READ').organizationId?.in;
  return whole && organizationsOf(scopes).every((id) => whole.includes(id)) ? undefined : whole;
}

builder.queryFields((t) => ({
  event: t.prismaField({
    description: 'One event.',
    type: Event,
    nullable: true,
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, args, context) => {
      const id = idArgument(args.id, 'event', 'id');
      const event = await prismaOf(context).event.findFirst({
        ...query,
        where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id }] },
      });
      if (!event) throw notFound('event', 'id');
      return event;
    },
  }),
  events: t.connection(
    {
      type: Event,
      complexity: pageCost,
      description:
        'Events, newest first. What is rare by any one filter is found at once; where filters are common and never occur together, and with `dataContains`, `searchedUntil` says how far the page looked.',
      authScopes: { permission: 'WEBHOOK_READ' },
      args: {
        projectId: t.arg.id({ description: 'Events of this project.' }),
        organizationId: t.arg.id({ description: 'Events of this organization and of its projects.' }),
        ids: t.arg.idList({ description: 'These events. At most 100; what is not there is left out.' }),
        eventTypes: t.arg.stringList({ description: 'Of these types: 100 at most.' }),
        labels: t.arg({ type: [LabelInput], description: 'They have all of these. At most 10.' }),
        idempotencyKey: t.arg.string({
          description: 'Published with this key within the last 24 hours. Keys are kept no longer.',
        }),
        matchedNoWebhook: t.arg.boolean({
          description:
            'Whether no webhook took them when they were published. Whoever may read a project alone is told of its own webhooks. Events of versions before 0.2 do not know: they count as taken.',
        }),
        isTest: t.arg.boolean({ description: 'Only tests, or only what is no test.' }),
        from: t.arg({ type: 'DateTime', description: 'Created at this time or later.' }),
        to: t.arg({ type: 'DateTime', description: 'Created before this time.' }),
        dataContains: t.arg({
          type: 'JSON',
          description:
            'An object that the data contains: it has all of these members, with these values or objects that contain them; a list contains these elements, in any order. No index finds it: the page looks through what the other filters match, for a short time. Name a time, a type or a label as well.',
        }),
      },
      resolve: async (_root, args, context, info) => {
        const { listing } = context.services;
        const narrowed = await scopeFilter(context, args, 'WEBHOOK_READ');
        const key = args.idempotencyKey ?? undefined;
        if (key !== undefined) checkIdempotencyKey(key, 'idempotencyKey');
        const seen = visible(context.principal, 'WEBHOOK_READ');
        const scopes = scopesOf(seen, narrowed);
        const filter: EventFilter = {
          ids: args.ids ? idsOf(args.ids) : undefined,
          eventTypes: args.eventTypes ? namesOf(args.eventTypes, 'eventTypes') : undefined,
          labels: args.labels ? filterLabels(args.labels, 'labels') : undefined,
          idempotencyKey: key,
          unmatched: args.matchedNoWebhook ?? undefined,
          wholeIds: scopes === null ? undefined : wholeIdsOf(context.principal, scopes),
          isTest: args.isTest ?? undefined,
          from: args.from ?? undefined,
          to: args.to ?? undefined,
          dataContains: args.dataContains == null ? undefined : objectText(args.dataContains, 'dataContains'),
        };
        if (scopes === null && key !== undefined) {
          throw invalid('organizationId', 'Keys belong to a project or an organization: name the one to look in.');
        }
        return listedPage(
          args,
          (bounds, count) => listing.events(scopes, filter, bounds, count),
          (ids) => {
            const query = queryFromInfo({ context, info, path: ['edges', 'node'] }) as { select: Prisma.EventSelect };
            return prismaOf(context).event.findMany({ ...query, where: { AND: [seen, { id: { in: ids } }] } });
          },
        );
      },
    },
    EventConnection,
    EventEdge,
  ),
}));

/** Most ids in a filter. */
const maxIds = 100;

/** Ids of a filter, each once. What has not the form of an id is no event's. */
function idsOf(ids: readonly string[]): string[] {
  if (ids.length > maxIds) throw new ApiError('LIMIT_EXCEEDED', `Name at most ${maxIds} at a time.`, 'ids');
  return [...new Set(ids.map(parseId).filter((id) => id !== null))];
}

/** Its JSON text. @throws ApiError VALIDATION_FAILED for what is no object */
function objectText(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(field, 'Give an object, such as {"order": {"id": 7}}.');
  }
  return jsonTextOf(value);
}
