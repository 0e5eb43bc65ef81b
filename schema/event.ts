import { visible } from '../core/access/visible.ts';
import { JsonText } from '../core/answers/answerText.ts';
import { notFound } from '../core/ground/errors.ts';
import { labelsOf } from '../core/labels/label.ts';

import { builder } from './builder.ts';
import { bodyCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { DeliveryConnection, DeliveryEdge } from './delivery.ts';
import { Label } from './label.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument } from './scopeArgs.ts';

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
      description: 'What the publisher said, with its key order and the text of its numbers.',
      type: 'JSON',
      complexity: bodyCost,
      resolve: async ({ id }, _args, { loaders }) => {
        const text = await loaders.eventData(id);
        if (text === null) throw notFound('event');
        return new JsonText(text);
      },
    }),
    labels: t.field({
      type: [Label],
      description: 'What its publisher labelled it with, sorted by key.',
      // A stored event has them as an object, one that was just published as a list.
      resolve: ({ labels }) => [...labelsOf(labels)],
    }),
    isTest: t.exposeBoolean('isTest', { description: 'Whether it is a test, which one webhook alone gets.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    project: t.relation('project', {
      description: 'The project that it was published in; null for the whole organization.',
      nullable: true,
    }),
    deliveries: t.relatedConnection(
      'deliveries',
      {
        description: 'What was sent of it, newest first: one delivery for each webhook, and its replays.',
        cursor: 'id',
        complexity: pageCost,
        authScopes: { permission: 'WEBHOOK_READ' },
        query: (_args, { principal }) => ({ where: visible(principal, 'WEBHOOK_READ'), orderBy: newestFirst }),
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
}));
