import type { Break, Compatibility } from '../core/compatibility/compatibility.ts';
import type { AppliedType } from '../core/events/applyTypes.ts';
import type { EventTypeEntry } from '../core/events/storedType.ts';
import type { ApiError } from '../core/ground/errors.ts';
import { jsonTextOf } from '../core/json/sourceText.ts';
import type { SchemaWarning as SchemaWarningEntry } from '../core/jsonSchema/warnings.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { EventTypeCompatibility } from './enums.ts';
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

const compatibilityText =
  'What a change of its schema must keep: one that does not is refused with the path that breaks. A new type has NONE where this is left out.';

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
      compatibility: t.field({ type: EventTypeCompatibility, description: compatibilityText }),
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
    compatibility: t.field({ type: EventTypeCompatibility, description: compatibilityText }),
  }),
});

const EventTypeToApply = builder.inputType('EventTypeToApply', {
  description:
    'An event type as it shall be. Of one that exists, fields left out stay as they are, and null clears a field.',
  fields: (t) => ({
    name: t.string({ required: true, description: '`resource.action`.' }),
    category: t.string({ description: 'A heading for lists.' }),
    description: t.string({ description: 'What happened, in words.' }),
    schema: t.field({
      type: 'JSON',
      required: true,
      description: 'JSON Schema (draft 2020-12) of the event’s data. References must stay inside it.',
    }),
    example: t.field({ type: 'JSON', description: 'A realistic `data`; it must match the schema.' }),
    compatibility: t.field({ type: EventTypeCompatibility, description: compatibilityText }),
  }),
});

const ApplyEventTypesInput = builder.inputType('ApplyEventTypesInput', {
  description: 'Event types as they shall be. Types that are not named stay as they are.',
  fields: (t) => ({
    organizationId: t.id({ description: 'For types of the whole organization.' }),
    projectId: t.id({ description: 'For types of one project.' }),
    types: t.field({ type: [EventTypeToApply], required: true, description: 'Up to 500, all or nothing.' }),
    dryRun: t.boolean({
      defaultValue: false,
      description: 'True: nothing is changed. The answer is the plan, with a refusal for each type that has one.',
    }),
  }),
});

const TypeChange = builder.enumType('TypeChange', {
  description: 'What becomes of an event type.',
  values: {
    ADDED: { description: 'There was none of this name.' },
    CHANGED: { description: 'Something of it differs.' },
    UNCHANGED: { description: 'It is so already.' },
  } as const,
});

const BreakDirection = builder.enumType('BreakDirection', {
  description: 'Whom a change of a schema breaks.',
  values: {
    FORWARD: { description: 'Consumers that know the old schema, by new data.' },
    BACKWARD: { description: 'Consumers that know the new schema, by old data.' },
  } as const,
});

const SchemaBreak = builder.objectRef<Break>('SchemaBreak').implement({
  description: 'A place at which a change of a schema breaks somebody.',
  fields: (t) => ({
    direction: t.expose('direction', { type: BreakDirection, description: 'Whom it breaks.' }),
    path: t.exposeString('path', { description: 'The place in the data: `data.total.amount`.' }),
    field: t.exposeString('field', { description: 'The place in the new schema, as a path in the arguments.' }),
    message: t.exposeString('message', { description: 'What the one schema allows and the other refuses.' }),
    decided: t.exposeBoolean('decided', {
      description:
        'False: whether it breaks cannot be decided, because a keyword cannot be compared. It counts as a break.',
    }),
  }),
});

const TypeRefusal = builder.objectRef<Pick<ApiError, 'code' | 'field' | 'message'>>('TypeRefusal').implement({
  description: 'Why an event type cannot be applied.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The code that the error would have.' }),
    field: t.string({
      nullable: true,
      description: 'The place in the arguments: `input.types[3].schema`.',
      resolve: ({ field }) => field ?? null,
    }),
    message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
  }),
});

const AppliedEventType = builder.objectRef<AppliedType>('AppliedEventType').implement({
  description: 'What becomes of one event type.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    change: t.expose('change', { type: TypeChange, description: 'What becomes of it.' }),
    breaks: t.field({
      type: [SchemaBreak],
      description: 'Whom the change breaks, in both directions, whatever the type’s compatibility is: 40 at most.',
      resolve: ({ breaks }) => [...breaks],
    }),
    refusal: t.field({
      type: TypeRefusal,
      nullable: true,
      description: 'Why it is refused. Null: it is not.',
      // As a plain object: GraphQL throws whatever error a resolver returns.
      resolve: ({ refusal }) => refusal && { code: refusal.code, field: refusal.field, message: refusal.message },
    }),
    eventType: t.field({
      type: EventType,
      nullable: true,
      description: 'The event type: as it is now; in a plan, null for one that would be added.',
      resolve: ({ eventType }) => eventType,
    }),
    warnings: t.field({
      type: [SchemaWarning],
      description: 'Keywords of the schema that are probably mistakes: 20 at most.',
      resolve: ({ warnings }) => [...warnings],
    }),
  }),
});

const ApplyEventTypesPayload = builder
  .objectRef<{ applied: boolean; types: readonly AppliedType[] }>('ApplyEventTypesPayload')
  .implement({
    description: 'What became of the event types, or would.',
    fields: (t) => ({
      applied: t.exposeBoolean('applied', { description: 'False for a plan: nothing was changed.' }),
      types: t.field({
        type: [AppliedEventType],
        complexity: { field: 100, multiplier: 100 },
        description: 'In the order of the input.',
        resolve: ({ types }) => [...types],
      }),
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
  compatibility?: Compatibility | null | undefined;
}) => ({
  name: input.name,
  category: input.category ?? null,
  description: input.description ?? null,
  schema: written(input.schema),
  example: writtenOrNull(input.example),
  compatibility: input.compatibility ?? undefined,
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
        {
          category,
          description,
          schema: writtenIfGiven(input.schema),
          example: writtenIfGiven(input.example),
          compatibility: input.compatibility ?? undefined,
        },
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
        compatibility: input.compatibility ?? undefined,
      });
    },
  }),
  applyEventTypes: t.field({
    complexity: mutationCost,
    type: ApplyEventTypesPayload,
    description:
      'Makes event types as they shall be: all of them, or none where one is refused. What is so already is not written. With “dryRun”, tells what would change and whom that breaks.',
    args: { input: t.arg({ type: ApplyEventTypesInput, required: true, description: 'The event types.' }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      const inputs = input.types.map((type) => ({
        name: type.name,
        category: type.category,
        description: type.description,
        schema: written(type.schema),
        example: writtenIfGiven(type.example),
        compatibility: type.compatibility ?? undefined,
      }));
      const trial = input.dryRun ?? false;
      const types = await context.services.eventTypes.apply(context.principal, scope, inputs, trial);
      return { applied: !trial, types };
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
