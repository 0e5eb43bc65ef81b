import type { EventTypeEntry } from '../core/events/storedType.ts';
import { jsonTextOf } from '../core/json/sourceText.ts';
import type { SchemaWarning as SchemaWarningEntry } from '../core/jsonSchema/warnings.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { EventType, typeReference } from './eventType.ts';
import { scopeOf } from './scopeArgs.ts';

const SchemaWarning = builder.objectRef<SchemaWarningEntry>('SchemaWarning').implement({
  description: 'A keyword of a schema that is accepted but has no effect, although it looks as if it should.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Its place, such as `input.schema.properties.a.minimun`.' }),
    message: t.exposeString('message', { description: 'What was probably meant.' }),
  }),
});

interface Changed {
  readonly eventType: EventTypeEntry;
  readonly warnings: readonly SchemaWarningEntry[];
}

/** The answer of a change that may bring a new schema. */
const changedPayload = (name: string) =>
  builder.objectRef<Changed>(name).implement({
    description: 'The event type after the change.',
    fields: (t) => ({
      eventType: t.field({ type: EventType, description: 'The event type.', resolve: ({ eventType }) => eventType }),
      warnings: t.field({
        type: [SchemaWarning],
        description: 'Keywords of the schema that are probably mistakes: 20 at most.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });

const CreateEventTypePayload = changedPayload('CreateEventTypePayload');
const UpdateEventTypePayload = changedPayload('UpdateEventTypePayload');

const UpsertEventTypePayload = builder.objectRef<Changed & { created: boolean }>('UpsertEventTypePayload').implement({
  description: 'The event type as it was asked for.',
  fields: (t) => ({
    eventType: t.field({ type: EventType, description: 'The event type.', resolve: ({ eventType }) => eventType }),
    created: t.exposeBoolean('created', { description: 'Whether there was none of this name before.' }),
    warnings: t.field({
      type: [SchemaWarning],
      description: 'Keywords of the schema that are probably mistakes: 20 at most.',
      resolve: ({ warnings }) => [...warnings],
    }),
  }),
});

const typePayload = (name: string) =>
  builder.objectRef<{ eventType: EventTypeEntry }>(name).implement({
    description: 'The event type after the change.',
    fields: (t) => ({
      eventType: t.field({ type: EventType, description: 'The event type.', resolve: ({ eventType }) => eventType }),
    }),
  });

const ArchiveEventTypePayload = typePayload('ArchiveEventTypePayload');
const UnarchiveEventTypePayload = typePayload('UnarchiveEventTypePayload');

const DeleteEventTypePayload = builder.objectRef<{ id: string }>('DeleteEventTypePayload').implement({
  description: 'What was deleted.',
  fields: (t) => ({ deletedEventTypeId: t.exposeID('id', { description: 'The id that the event type had.' }) }),
});

/** What a new type is, for two mutations. */
const newType = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      organizationId: t.id({ description: 'For a type of the whole organization.' }),
      projectId: t.id({ description: 'For a type of one project.' }),
      name: t.string({ required: true, description: '`resource.action`.' }),
      category: t.string({ description: 'A heading for lists.' }),
      description: t.string({ description: 'What happened, in words.' }),
      schema: t.field({
        type: 'JSON',
        required: true,
        description: 'JSON Schema (draft 2020-12) of the event’s data. References must stay inside it.',
      }),
      example: t.field({ type: 'JSON', description: 'A realistic `data`; it must match the schema.' }),
    }),
  });

const CreateEventTypeInput = newType('CreateEventTypeInput', 'A new event type.');
const UpsertEventTypeInput = newType(
  'UpsertEventTypeInput',
  'An event type as it shall be. It is found by its name and scope. Of one that exists, fields left out stay as they are, and null clears a field.',
);

const UpdateEventTypeInput = builder.inputType('UpdateEventTypeInput', {
  description: 'Fields left out stay as they are; null clears a field.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id, or its name in the project or organization.' }),
    projectId: t.id({ description: 'Where the name is looked for: in a project and its organization.' }),
    organizationId: t.id({ description: 'Where the name is looked for.' }),
    expectedVersion: t.int({
      description: 'The version that you changed. CONFLICT if somebody else has changed the type since.',
    }),
    category: t.string({ description: 'A heading for lists.' }),
    description: t.string({ description: 'What happened, in words.' }),
    schema: t.field({ type: 'JSON', description: 'JSON Schema (draft 2020-12) of the event’s data.' }),
    example: t.field({ type: 'JSON', description: 'A realistic `data`; it must match the schema.' }),
  }),
});

const typeInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      id: t.id({ required: true, description: 'Its id, or its name in the project or organization.' }),
      projectId: t.id({ description: 'Where the name is looked for: in a project and its organization.' }),
      organizationId: t.id({ description: 'Where the name is looked for.' }),
    }),
  });

const ArchiveEventTypeInput = typeInput('ArchiveEventTypeInput', 'The event type to archive.');
const UnarchiveEventTypeInput = typeInput('UnarchiveEventTypeInput', 'The event type to use again.');
const DeleteEventTypeInput = typeInput('DeleteEventTypeInput', 'The event type to delete.');

const written = (value: unknown) => ({ value, text: jsonTextOf(value) });
const writtenOrNull = (value: unknown) => (value == null ? null : written(value));
/** Undefined: left out. */
const writtenIfGiven = (value: unknown) => (value === undefined ? undefined : writtenOrNull(value));

const contentOf = (input: {
  name: string;
  category?: string | null | undefined;
  description?: string | null | undefined;
  schema?: unknown;
  example?: unknown;
}) => ({
  name: input.name,
  category: input.category ?? null,
  description: input.description ?? null,
  schema: written(input.schema),
  example: writtenOrNull(input.example),
});

builder.mutationFields((t) => ({
  createEventType: t.field({
    complexity: mutationCost,
    type: CreateEventTypePayload,
    description: 'Creates an event type for a project or a whole organization.',
    args: { input: t.arg({ type: CreateEventTypeInput, required: true, description: 'The event type.' }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      return context.services.eventTypes.create(context.principal, scope, contentOf(input));
    },
  }),
  updateEventType: t.field({
    complexity: mutationCost,
    type: UpdateEventTypePayload,
    description:
      'Changes an event type. What differs becomes a new version, and holds at once for everything that is published from then on.',
    args: { input: t.arg({ type: UpdateEventTypeInput, required: true, description: 'The changes.' }) },
    resolve: (_root, { input }, context) => {
      const { id, category, description, expectedVersion } = input;
      return context.services.eventTypes.update(
        context.principal,
        typeReference(context, id, input, 'input.'),
        { category, description, schema: writtenIfGiven(input.schema), example: writtenIfGiven(input.example) },
        expectedVersion ?? null,
      );
    },
  }),
  upsertEventType: t.field({
    complexity: mutationCost,
    type: UpsertEventTypePayload,
    description:
      'Creates an event type, or changes the one of this name in this scope. If it is so already, nothing is written.',
    args: { input: t.arg({ type: UpsertEventTypeInput, required: true, description: 'The event type.' }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      const { name, category, description } = input;
      return context.services.eventTypes.upsert(context.principal, scope, {
        name,
        category,
        description,
        schema: written(input.schema),
        example: writtenIfGiven(input.example),
      });
    },
  }),
  archiveEventType: t.field({
    complexity: mutationCost,
    type: ArchiveEventTypePayload,
    description:
      'Archives an event type: it is neither published nor newly chosen by a webhook. Webhooks that have chosen it keep it, and the log keeps its events.',
    args: { input: t.arg({ type: ArchiveEventTypeInput, required: true, description: 'The event type.' }) },
    resolve: async (_root, { input }, context) => ({
      eventType: await context.services.eventTypes.archive(
        context.principal,
        typeReference(context, input.id, input, 'input.'),
      ),
    }),
  }),
  unarchiveEventType: t.field({
    complexity: mutationCost,
    type: UnarchiveEventTypePayload,
    description: 'Makes an archived event type usable again.',
    args: { input: t.arg({ type: UnarchiveEventTypeInput, required: true, description: 'The event type.' }) },
    resolve: async (_root, { input }, context) => ({
      eventType: await context.services.eventTypes.unarchive(
        context.principal,
        typeReference(context, input.id, input, 'input.'),
      ),
    }),
  }),
  deleteEventType: t.field({
    complexity: mutationCost,
    type: DeleteEventTypePayload,
    description:
      'Deletes an event type of which the log has no event and which no webhook has chosen. Archive any other with “archiveEventType”.',
    args: { input: t.arg({ type: DeleteEventTypeInput, required: true, description: 'The event type.' }) },
    resolve: async (_root, { input }, context) => ({
      id: await context.services.eventTypes.remove(
        context.principal,
        typeReference(context, input.id, input, 'input.'),
      ),
    }),
  }),
}));
