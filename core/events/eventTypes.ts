import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { checkDescription, checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { SchemaWarning } from '../jsonSchema/warnings.ts';
import { isPlatformType, platformTypes } from '../profiles/catalogues/platform.ts';
import type { CatalogueEntry, ProfileName } from '../profiles/profile.ts';
import { profileOf, profiles } from '../profiles/registry.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';

/** Maximum for one organization, including its projects. */
const maxTypes = 5_000;
const namePattern = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const maxTypeNameLength = 128;
const isTypeName = (name: string): boolean => name.length <= maxTypeNameLength && namePattern.test(name);

/** An event type as the API shows it, with the schema that validates its events. */
export interface EventTypeEntry {
  readonly name: string;
  readonly category: string | null;
  readonly description: string | null;
  /** JSON text. */
  readonly schema: string;
  /** JSON text. */
  readonly example: string | null;
}

/** A stored type in a list. Its texts may be long; they are read by its id. */
export type StoredType = Pick<EventTypeEntry, 'name' | 'category'> & { readonly id: string };

/** A JSON value with its source text. */
export interface WrittenJson {
  readonly value: unknown;
  readonly text: string;
}

export interface EventTypeInput {
  readonly name: string;
  readonly category: string | null;
  readonly description: string | null;
  readonly schema: WrittenJson;
  readonly example: WrittenJson | null;
}

export interface EventTypes {
  /** A profile's types. */
  catalogueOf(profile: ProfileName): readonly EventTypeEntry[];
  /** The types of a project: its profile's, its organization's and its own. Of an organization: its own. */
  list(scope: Scope, profile: ProfileName | null): Promise<readonly (EventTypeEntry | StoredType)[]>;
  create(principal: Principal, scope: Scope, input: EventTypeInput): Promise<CreatedEventType>;
  /**
   * The schemas of the type of this name in the scope. An organization-wide event may match several profiles' catalogues: then
   * there are several. Empty: no such type.
   */
  find(scope: Scope, name: string): Promise<readonly FoundType[]>;
  /** The first of `names` that is not a type in the scope; null if all are. */
  firstUnknown(scope: Scope, names: readonly string[]): Promise<string | null>;
}

export interface CreatedEventType {
  readonly eventType: EventTypeEntry;
  /** Parts of the schema that are valid but probably not intended. */
  readonly warnings: readonly SchemaWarning[];
}

export interface FoundType {
  readonly schema: string;
  /** From a profile, not from a tenant. */
  readonly trusted: boolean;
}

const catalogues = new Map<ProfileName, ReadonlyMap<string, EventTypeEntry>>();

function catalogue(name: ProfileName): ReadonlyMap<string, EventTypeEntry> {
  let entries = catalogues.get(name);
  if (!entries) {
    entries = new Map(profileOf(name).catalogue.map((entry) => [entry.name, written(entry)]));
    catalogues.set(name, entries);
  }
  return entries;
}

const written = ({ name, category, description, schema, example }: CatalogueEntry): EventTypeEntry => ({
  name,
  category,
  description,
  schema: JSON.stringify(schema),
  example: JSON.stringify(example),
});

const platform: ReadonlyMap<string, EventTypeEntry> = new Map(
  platformTypes.map((entry) => [entry.name, written(entry)]),
);

export function createEventTypes(prisma: PrismaClient, checks: SchemaChecks): EventTypes {
  const projectProfile = async (projectId: string): Promise<ProfileName> => {
    const project = await prisma.project.findUniqueOrThrow({ where: { id: projectId }, select: { profile: true } });
    return project.profile;
  };

  /** Types that the organization and one of its projects made. */
  const stored = (scope: Scope): Promise<StoredType[]> =>
    prisma.$queryRaw`
      SELECT id, name, category FROM event_type
       WHERE organization_id = ${scope.organizationId}::uuid
         AND (project_id IS NULL OR project_id = ${scope.projectId}::uuid)
       ORDER BY name, project_id NULLS LAST`;

  /** The schema of one such type. JSON is read as text because Prisma would parse it. */
  const storedSchema = (scope: Scope, name: string): Promise<{ schema: string }[]> =>
    prisma.$queryRaw`
      SELECT schema::text AS schema FROM event_type
       WHERE organization_id = ${scope.organizationId}::uuid
         AND (project_id IS NULL OR project_id = ${scope.projectId}::uuid)
         AND name = ${name}
       ORDER BY project_id NULLS LAST LIMIT 1`;

  return {
    catalogueOf: (profile) => [...catalogue(profile).values()],

    async list(scope, profile) {
      const from = profile ?? (scope.projectId === null ? null : await projectProfile(scope.projectId));
      const brought = from === null ? [] : [...catalogue(from).values()];
      return [...brought, ...(await stored(scope)), ...platform.values()];
    },

    async create(principal, scope, input) {
      requireIn(principal, 'ORGANIZATION_MANAGE', scope);
      const { eventType: entry, warnings } = await checkInput(checks, scope, input);
      if (isPlatformType(entry.name))
        throw invalid('input.name', 'Names that begin with "everhook." are Everhook\'s own.');
      if (scope.projectId !== null && catalogue(await projectProfile(scope.projectId)).has(entry.name)) {
        throw new ApiError('CONFLICT', 'The profile of this project has this type already.', 'input.name');
      }
      await inTransaction(prisma, scope.organizationId, async (transaction) => {
        // This comes first because it locks the organization: nobody else can add a type meanwhile.
        await raiseRoutingVersion(transaction, scope.organizationId);
        await requireFree(transaction, scope, entry.name);
        const id = newId();
        await transaction.$executeRaw`
          INSERT INTO event_type (id, organization_id, project_id, name, category, description, schema, example)
          VALUES (${id}::uuid, ${scope.organizationId}::uuid, ${scope.projectId}::uuid, ${entry.name},
                  ${entry.category}, ${entry.description}, ${entry.schema}::json, ${entry.example}::json)`;
        await audit(transaction, principal, {
          ...scope,
          action: 'event_type.created',
          target: { type: 'event_type', id },
          after: { name: entry.name, category: entry.category, description: entry.description },
        });
      });
      return { eventType: entry, warnings };
    },

    async find(scope, name) {
      if (!isTypeName(name)) return [];
      if (scope.projectId !== null) {
        const entry = catalogue(await projectProfile(scope.projectId)).get(name);
        if (entry) return [{ schema: entry.schema, trusted: true }];
      }
      const [own] = await storedSchema(scope, name);
      if (own) return [{ schema: own.schema, trusted: false }];
      if (scope.projectId !== null) return [];
      return profiles.flatMap((profile) => {
        const entry = catalogue(profile.name).get(name);
        return entry ? [{ schema: entry.schema, trusted: true }] : [];
      });
    },

    async firstUnknown(scope, names) {
      const brought =
        scope.projectId === null
          ? profiles.map((profile) => catalogue(profile.name))
          : [catalogue(await projectProfile(scope.projectId))];
      const open = names.filter((name) => !platform.has(name) && !brought.some((entries) => entries.has(name)));
      const impossible = open.find((name) => !isTypeName(name));
      if (impossible !== undefined || open.length === 0) return impossible ?? null;
      // An organization-wide webhook gets the events of every project, so it may name their types.
      const rows = await prisma.eventType.findMany({
        where: {
          organizationId: scope.organizationId,
          name: { in: open },
          ...(scope.projectId === null ? {} : { OR: [{ projectId: null }, { projectId: scope.projectId }] }),
        },
        select: { name: true },
      });
      const known = new Set(rows.map((row) => row.name));
      return open.find((name) => !known.has(name)) ?? null;
    },
  };
}

/** A name has one meaning in a scope: a project and its organization cannot both have a type of that name. */
async function requireFree(transaction: Prisma.TransactionClient, scope: Scope, name: string): Promise<void> {
  const { organizationId, projectId } = scope;
  const same = await transaction.eventType.findFirst({
    where: { organizationId, name, ...(projectId === null ? {} : { OR: [{ projectId: null }, { projectId }] }) },
    select: { id: true },
  });
  if (same) throw new ApiError('CONFLICT', 'There is an event type of this name already.', 'input.name');
  if ((await transaction.eventType.count({ where: { organizationId } })) >= maxTypes) {
    throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxTypes} event types.`);
  }
}

async function checkInput(checks: SchemaChecks, scope: Scope, input: EventTypeInput): Promise<CreatedEventType> {
  if (!isTypeName(input.name)) {
    throw invalid(
      'input.name',
      `A type is named like "resource.action": letters, digits, "_" and "-", with dots between, at most ${maxTypeNameLength} characters.`,
    );
  }
  const tenant = scope.organizationId;
  const compiled = await checks.compile(tenant, input.schema.value, input.schema.text, 'input.schema');
  if (input.example) {
    const { value, text } = input.example;
    const error = await checks.check(tenant, compiled, value, 'input.example', text.length);
    if (error) throw error;
  }
  const eventType = {
    name: input.name,
    category: input.category === null ? null : checkName(input.category, 'input.category'),
    description: checkDescription(input.description, 'input.description'),
    schema: input.schema.text,
    example: input.example?.text ?? null,
  };
  return { eventType, warnings: compiled.warnings };
}
