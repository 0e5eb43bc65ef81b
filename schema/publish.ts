import { requireIn } from '../core/access/permissions.ts';
import type { PublishedEvent } from '../core/events/published.ts';
import { jsonTextOf } from '../core/json/sourceText.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { Event } from './event.ts';
import { LabelInput } from './label.ts';
import { scopeOf } from './scopeArgs.ts';

const EventInput = builder.inputType('EventInput', {
  description: 'An event to publish.',
  fields: (t) => ({
    type: t.string({ required: true, description: '`resource.action`: one of the scope’s event types.' }),
    data: t.field({
      description: 'Any JSON value that fits the type’s schema. Integers beyond ±2^53 are refused: send them as text.',
      type: 'JSON',
      required: true,
    }),
    previous: t.field({
      type: 'JSON',
      description: 'The state before the change, for profiles that send the difference.',
    }),
    occurredAt: t.field({ type: 'DateTime', description: 'Default: now.' }),
    idempotencyKey: t.string({
      description: 'Within 24 hours, the same key means the same event: it is returned again and not published twice.',
    }),
    labels: t.field({
      type: [LabelInput],
      description:
        'At most 10, each key once: find the event and its deliveries by them. Receivers do not see them. Default: none.',
    }),
    traceparent: t.string({
      description:
        'The event’s place in your trace, as W3C Trace Context writes it; a malformed one is ignored. Default: the header of the request.',
    }),
  }),
});

const PublishEventsInput = builder.inputType('PublishEventsInput', {
  fields: (t) => ({
    projectId: t.id({ description: 'For events of one project.' }),
    organizationId: t.id({ description: 'For events of the whole organization.' }),
    events: t.field({ type: [EventInput], required: true, description: '1 to 100, all or nothing.' }),
  }),
});

const PublishEventsPayload = builder.objectRef<readonly PublishedEvent[]>('PublishEventsPayload').implement({
  fields: (t) => ({
    events: t.field({
      type: [Event],
      description: 'In the order of the input.',
      // The fields that `Event` selects with its type are here already, so its scalars need no look-up. Labels are a list
      // here, and an object in a row: `Event` takes both.
      resolve: (events) => [...events] as unknown as (typeof Event.$inferType)[],
    }),
  }),
});

builder.mutationFields((t) => ({
  publishEvents: t.field({
    complexity: mutationCost,
    type: PublishEventsPayload,
    description: 'Returns once the events are committed; deliveries follow at once.',
    args: { input: t.arg({ type: PublishEventsInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { principal, services } = context;
      const scope = await scopeOf(context, input, 'input.');
      requireIn(principal, 'EVENT_PUBLISH', scope);
      const events = input.events.map((event) => ({
        type: event.type,
        data: jsonTextOf(event.data),
        parsed: event.data,
        previous: event.previous == null ? null : jsonTextOf(event.previous),
        occurredAt: event.occurredAt ?? null,
        idempotencyKey: event.idempotencyKey ?? null,
        labels: event.labels ?? [],
        traceparent: event.traceparent ?? null,
      }));
      return services.publisher.publish(scope, events, context.trace);
    },
  }),
}));
