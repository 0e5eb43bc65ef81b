import { JsonText } from '../core/answers/answerText.ts';
import type { CreatedEventType, EventTypeEntry, StoredType } from '../core/events/eventTypes.ts';
import { notFound } from '../core/ground/errors.ts';
import { jsonTextOf } from '../core/json/sourceText.ts';
import type { SchemaWarning as SchemaWarningEntry } from '../core/jsonSchema/warnings.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import type { Context } from './context.ts';
import { Profile } from './enums.ts';
import type { EventTypeTexts } from './loaders.ts';
import { idOrNull, scopeOf } from './scopeArgs.ts';

/** A catalogue's types are in memory with their texts. */
async function textsOf(type: EventTypeEntry | StoredType, { loaders }: Context): Promise<EventTypeTexts> {
  const texts = 'schema' in type ? type : await loaders.eventTypeTexts(type.id);
  if (texts === null) throw notFound('event type');
  return texts;
}

const EventType = builder.objectRef<EventTypeEntry | StoredType>('EventType').implement({
  description: 'A kind of event: from a profile’s catalogue, or registered by a project or organization.',
  fields: (t) => ({
    name: t.exposeString('name'),
    category: t.exposeString('category', { nullable: true }),
    description: t.string({
      nullable: true,
      resolve: async (type, _args, context) => (await textsOf(type, context)).description,
    }),
    schema: t.field({
      type: 'JSON',
      complexity: 10,
      description: 'JSON Schema (draft 2020-12) of the event’s data.',
      resolve: async (type, _args, context) => new JsonText((await textsOf(type, context)).schema),
    }),
    example: t.field({
      type: 'JSON',
      complexity: 10,
      nullable: true,
      resolve: async (type, _args, context) => {
        const { example } = await textsOf(type, context);
        return example === null ? null : new JsonText(example);
      },
    }),
  }),
});

const CreateEventTypeInput = builder.inputType('CreateEventTypeInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'For a type of the whole organization.' }),
    projectId: t.id({ description: 'For a type of one project.' }),
    name: t.string({ required: true, description: '`resource.action`.' }),
    category: t.string(),
    description: t.string(),
    schema: t.field({
      type: 'JSON',
      required: true,
      description: 'JSON Schema (draft 2020-12) of the event’s data. References must stay inside it.',
    }),
    example: t.field({ type: 'JSON', description: 'A realistic `data`; it must match the schema.' }),
  }),
});

const SchemaWarning = builder.objectRef<SchemaWarningEntry>('SchemaWarning').implement({
  description: 'A keyword of a schema that is accepted but has no effect, although it looks as if it should.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Its place, such as `input.schema.properties.a.minimun`.' }),
    message: t.exposeString('message'),
  }),
});

const CreateEventTypePayload = builder.objectRef<CreatedEventType>('CreateEventTypePayload').implement({
  fields: (t) => ({
    eventType: t.field({ type: EventType, resolve: ({ eventType }) => eventType }),
    warnings: t.field({
      type: [SchemaWarning],
      description: 'Keywords of the schema that are probably mistakes: 20 at most.',
      resolve: ({ warnings }) => [...warnings],
    }),
  }),
});

builder.queryFields((t) => ({
  eventTypes: t.field({
    type: [EventType],
    // Not paged: the cost of one usual list, high enough that an operation cannot ask for hundreds.
    complexity: { field: 100, multiplier: 100 },
    description:
      'The types that can be published: for a project (its own, its profile’s and its organization’s), a profile, or an organization.',
    args: { profile: t.arg({ type: Profile }), projectId: t.arg.id(), organizationId: t.arg.id() },
    resolve: async (_root, args, context) => {
      const { services } = context;
      if (args.profile && args.projectId == null && args.organizationId == null) {
        return services.eventTypes.catalogueOf(args.profile);
      }
      const projectId = idOrNull(args.projectId, 'project', 'projectId');
      const scope = await scopeOf(context, { projectId, organizationId: args.organizationId });
      const profile = args.profile ?? null;
      // Read once, however many aliases ask for them.
      return context.loaders.once(`types ${scope.organizationId} ${scope.projectId} ${profile}`, () =>
        services.eventTypes.list(scope, profile),
      );
    },
  }),
}));

builder.mutationFields((t) => ({
  createEventType: t.field({
    complexity: mutationCost,
    type: CreateEventTypePayload,
    args: { input: t.arg({ type: CreateEventTypeInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      return context.services.eventTypes.create(context.principal, scope, {
        name: input.name,
        category: input.category ?? null,
        description: input.description ?? null,
        schema: { value: input.schema, text: jsonTextOf(input.schema) },
        example: input.example == null ? null : { value: input.example, text: jsonTextOf(input.example) },
      });
    },
  }),
}));
