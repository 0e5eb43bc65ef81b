import { may } from '../core/access/permissions.ts';
import { visibleWithOrganizations } from '../core/access/visible.ts';
import { JsonText } from '../core/answers/answerText.ts';
import { catalogueTypeOf, type EventTypeTexts } from '../core/events/catalogues.ts';
import type { EventTypeEntry, StoredType } from '../core/events/storedType.ts';
import { notFound } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import { edgesOnce, pageCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { EventTypeCompatibility, EventTypePart, PrincipalKind, Profile } from './enums.ts';
import { type NestedList, nestedPage } from './nestedPages.ts';
import { findable, Node } from './node.ts';
import { idOrNull, type ScopeArgs, scopeOf } from './scopeArgs.ts';
import { nothingToLoad } from './strictQueries.ts';

const stored = (type: EventTypeEntry): StoredType | null => ('organizationId' in type ? type : null);

/** A catalogue's types are in memory with their texts, and so is one that was just changed. */
export async function textsOf(type: EventTypeEntry, { loaders }: Context): Promise<EventTypeTexts> {
  const { description, schema, example } = type;
  const texts =
    description !== undefined && schema !== undefined && example !== undefined
      ? { description, schema, example }
      : await loaders.eventTypeTexts(type.id);
  if (texts === null) throw notFound('event type');
  return texts;
}

const jsonOrNull = (text: string | null) => (text === null ? null : new JsonText(text));

const EventTypeVersion = builder.prismaObject('EventTypeVersion', {
  description: 'An event type as one change left it.',
  select: { id: true, organizationId: true, eventType: { select: { projectId: true } } },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The version’s own id.' }),
    version: t.exposeInt('version', { description: 'Its number: 1 is the type as it was created.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the change was made.' }),
    changed: t.expose('changed', {
      type: [EventTypePart],
      description: 'What differs from the version before. Empty for the first version.',
    }),
    principalKind: t.field({
      type: PrincipalKind,
      nullable: true,
      description:
        'Which kind of principal made it. Null where that is not known, or is not for you: see “principalId”.',
      select: { principalKind: true },
      resolve: (version, _args, context) => (mayKnow(version, context) ? version.principalKind : null) as null,
    }),
    principalId: t.string({
      nullable: true,
      description:
        'Who made it: a key’s id, or a user’s “sub”. For principals with ORGANIZATION_MANAGE or AUDIT_READ where the type belongs.',
      select: { principalId: true },
      resolve: (version, _args, context) => (mayKnow(version, context) ? version.principalId : null),
    }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when the type was archived then. Null where it was not.',
    }),
    category: t.exposeString('category', { nullable: true, description: 'The category then.' }),
    compatibility: t.expose('compatibility', {
      type: EventTypeCompatibility,
      description: 'What a change of the schema had to keep then.',
    }),
    description: t.string({
      nullable: true,
      description: 'The description then.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.eventTypeVersionTexts(id))?.description ?? null,
    }),
    schema: t.field({
      type: 'JSON',
      complexity: 10,
      description: 'The schema then.',
      resolve: async ({ id }, _args, { loaders }) => {
        const texts = await loaders.eventTypeVersionTexts(id);
        if (texts === null) throw notFound('version of the event type');
        return new JsonText(texts.schema);
      },
    }),
    example: t.field({
      type: 'JSON',
      complexity: 10,
      nullable: true,
      description: 'The example then.',
      resolve: async ({ id }, _args, { loaders }) =>
        jsonOrNull((await loaders.eventTypeVersionTexts(id))?.example ?? null),
    }),
  }),
});

/** What every version of a list has, whatever is asked of it. */
interface Version {
  readonly id: string;
  readonly organizationId: string;
  readonly eventType: { readonly projectId: string | null };
}

/** Whoever sees a type sees its versions. */
const itsVersions: NestedList = {
  type: 'EventTypeVersion',
  table: 'event_type_version',
  owner: 'event_type_id',
  orderedBy: 'version',
  within: () => 'true',
};

/** Who changed a type is told to those who may change it, and to those who read the audit log. */
function mayKnow(
  { organizationId, eventType }: { organizationId: string; eventType: { projectId: string | null } },
  { principal }: Context,
): boolean {
  const scope = { organizationId, projectId: eventType.projectId };
  return may(principal, 'ORGANIZATION_MANAGE', scope) || may(principal, 'AUDIT_READ', scope);
}

findable('EventTypeVersion', {
  table: 'event_type_version',
  read: (context, query, ids) =>
    prismaOf(context).eventTypeVersion.findMany({
      ...query,
      where: { id: { in: ids }, eventType: visibleWithOrganizations(context.principal) },
    }),
});

const EventTypeVersionEdge = builder.edgeObject({ name: 'EventTypeVersionEdge', type: EventTypeVersion });
const EventTypeVersionConnection = builder.connectionObject(
  { name: 'EventTypeVersionConnection', type: EventTypeVersion, ...edgesOnce },
  EventTypeVersionEdge,
);

export const EventType = builder.objectRef<EventTypeEntry>('EventType').implement({
  interfaces: [Node],
  description: 'A kind of event: from a profile’s catalogue, or registered by a project or organization.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'A UUID. That of a profile’s type, which is part of Everhook, is the same in every installation.',
    }),
    organization: t.prismaField({
      type: 'Organization',
      nullable: true,
      description: 'The tenant that registered it. Null for a profile’s type.',
      resolve: (query, type, _args, context) => {
        const own = stored(type);
        return own === null
          ? nothingToLoad(query)
          : prismaOf(context).organization.findUnique({ ...query, where: { id: own.organizationId } });
      },
    }),
    project: t.prismaField({
      type: 'Project',
      nullable: true,
      description: 'The project that registered it. Null for a type of a whole organization, or of a profile.',
      resolve: (query, type, _args, context) => {
        const projectId = stored(type)?.projectId ?? null;
        return projectId === null
          ? nothingToLoad(query)
          : prismaOf(context).project.findUnique({ ...query, where: { id: projectId } });
      },
    }),
    name: t.exposeString('name', { description: 'By which events name it: `resource.action`.' }),
    category: t.exposeString('category', { nullable: true, description: 'A heading for lists.' }),
    description: t.string({
      nullable: true,
      description: 'What happened, in words.',
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
      description: 'A realistic `data`.',
      resolve: async (type, _args, context) => jsonOrNull((await textsOf(type, context)).example),
    }),
    compatibility: t.field({
      type: EventTypeCompatibility,
      nullable: true,
      description: 'What a change of its schema must keep. Null for a profile’s type, which nobody changes.',
      resolve: (type) => stored(type)?.compatibility ?? null,
    }),
    version: t.int({
      nullable: true,
      description: 'The number of its newest version. Null for a profile’s type.',
      resolve: (type) => stored(type)?.version ?? null,
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was created. Null for a profile’s type.',
      resolve: (type) => stored(type)?.createdAt ?? null,
    }),
    archivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is neither published nor newly chosen by webhooks. Null: it is in use.',
      resolve: (type) => stored(type)?.archivedAt ?? null,
    }),
    versions: t.connection(
      {
        type: EventTypeVersion,
        complexity: pageCost,
        description: 'Its versions, newest first: the newest 200 are kept. Empty for a profile’s type.',
        resolve: (type, args, context, info) => nestedPage<Version>(itsVersions, type, args, context, info),
      },
      EventTypeVersionConnection,
      EventTypeVersionEdge,
    ),
  }),
});

findable('EventType', {
  table: 'event_type',
  readWhole: ({ principal, services }, ids) => services.eventTypes.byIds(principal, ids),
  inMemory: catalogueTypeOf,
});

/** A type by its id, or by its name in a scope. */
export const typeReference = (context: Context, id: string, args: ScopeArgs, prefix = '') => ({
  id,
  scope: () => scopeOf(context, args, prefix),
  field: `${prefix}id`,
});

builder.queryFields((t) => ({
  eventType: t.field({
    type: EventType,
    nullable: true,
    description: 'One event type.',
    args: {
      id: t.arg.id({ required: true, description: 'Its id, or its name in the project or organization.' }),
      projectId: t.arg.id({ description: 'Where the name is looked for: in a project and its organization.' }),
      organizationId: t.arg.id({ description: 'Where the name is looked for.' }),
    },
    resolve: (_root, { id, ...args }, context) =>
      context.services.eventTypes.one(context.principal, typeReference(context, id, args)),
  }),
  eventTypes: t.field({
    type: [EventType],
    // Not paged: the cost of one usual list, high enough that an operation cannot ask for hundreds.
    complexity: { field: 100, multiplier: 100 },
    description:
      'The types that can be published: for a project (its own, its profile’s and its organization’s), a profile, or an organization.',
    args: {
      profile: t.arg({ type: Profile, description: 'The profile whose types come too, in place of the project’s.' }),
      projectId: t.arg.id({ description: 'The project.' }),
      organizationId: t.arg.id({ description: 'The organization.' }),
      ofProjects: t.arg.boolean({
        defaultValue: false,
        description:
          'For an organization: also the types of those of its projects that you may see, and of their profiles. Publish them in such a project.',
      }),
      archived: t.arg.boolean({
        defaultValue: false,
        description: 'True: only archived types, which cannot be published. False: only the others. Null: both.',
      }),
    },
    resolve: async (_root, args, context) => {
      const { services } = context;
      const archived = args.archived ?? null;
      if (args.profile && args.projectId == null && args.organizationId == null) {
        return archived === true ? [] : services.eventTypes.catalogueOf(args.profile);
      }
      const projectId = idOrNull(args.projectId, 'project', 'projectId');
      const scope = await scopeOf(context, { projectId, organizationId: args.organizationId });
      const profile = args.profile ?? null;
      if (args.ofProjects && scope.projectId === null) {
        return context.loaders.once(`types ${scope.organizationId} of projects ${archived}`, () =>
          services.eventTypes.listWithProjects(context.principal, scope.organizationId, archived),
        );
      }
      // Read once, however many aliases ask for them.
      return context.loaders.once(`types ${scope.organizationId} ${scope.projectId} ${profile} ${archived}`, () =>
        services.eventTypes.list(scope, profile, archived),
      );
    },
  }),
}));
