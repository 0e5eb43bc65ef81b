import type { Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visibleProject, visibleWithOrganizations } from '../access/visible.ts';
import { invalid, notFound } from '../ground/errors.ts';
import { parseId } from '../ground/parseId.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { profiles } from '../profiles/registry.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { type CatalogueType, catalogue, catalogueTypeOf, platform, profilesWith } from './catalogues.ts';
import { type DescribedCatalogue, describedCatalogue } from './describedCatalogue.ts';
import { createEventTypeChanges, type EventTypeChanges } from './eventTypeChanges.ts';
import {
  archivedType,
  type EventTypeEntry,
  type StoredType,
  storedColumns,
  type TypeReference,
  withOrganization,
} from './storedType.ts';
import { isTypeName } from './typeName.ts';

export interface EventTypes extends EventTypeChanges {
  /** Those of the stored types with these ids that the principal may see. */
  byIds(principal: Principal, ids: readonly string[]): Promise<StoredType[]>;
  /** A profile's types. */
  catalogueOf(profile: ProfileName): readonly CatalogueType[];
  /**
   * The types of a project: its profile's, its organization's and its own. Of an organization: its own.
   *
   * @param archived - only those that are archived, or only those that are not; null: both
   */
  list(scope: Scope, profile: ProfileName | null, archived: boolean | null): Promise<readonly EventTypeEntry[]>;
  /** The types of an organization and of its projects that the principal may see, with those of the projects' profiles. */
  listWithProjects(
    principal: Principal,
    organizationId: string,
    archived: boolean | null,
  ): Promise<readonly EventTypeEntry[]>;
  /** One type by its id, or by its name in the scope. @throws ApiError NOT_FOUND */
  one(principal: Principal, reference: TypeReference): Promise<EventTypeEntry>;
  /** The schemas of the type of this name in the scope. */
  find(scope: Scope, name: string): Promise<FoundTypes>;
  /** Does work on a tenant's schemas in its turns. @param pieces - each says how many steps it took */
  inTurns<Result>(tenant: string, pieces: Generator<number, Result>): Promise<Result>;
  /** A project's types as documents describe them. */
  described(scope: { readonly organizationId: string; readonly projectId: string }): Promise<DescribedCatalogue>;
  /** The present version of the organization's types, which rises with every change of them. */
  version(organizationId: string): Promise<bigint>;
  /**
   * The check of the types that a webhook chooses, in the transaction that stores them: none is deleted or archived meanwhile.
   *
   * @param chosen - those that it has chosen before, which stay whatever became of them
   * @throws ApiError VALIDATION_FAILED that names the first one which is unknown or archived
   */
  requireChoosable(
    transaction: Prisma.TransactionClient,
    scope: Scope,
    names: readonly string[],
    chosen: readonly string[],
  ): Promise<void>;
}

export interface FoundTypes {
  /** The version of the organization's types when these were read. */
  readonly version: bigint;
  /** An organization-wide event may match several profiles' catalogues: then there are several. Empty: no such type. */
  readonly schemas: readonly FoundSchema[];
  readonly archived: boolean;
}

export interface FoundSchema {
  readonly schema: string;
  /** From a profile, not from a tenant. */
  readonly trusted: boolean;
}

/** A type as the database has it for a look-up. */
interface FoundRow {
  readonly version: bigint;
  readonly profile: ProfileName | null;
  readonly found: boolean;
  readonly archived: boolean;
  readonly schema: string | null;
}

const whetherArchived = (archived: boolean | null) =>
  archived === null ? {} : { archivedAt: archived ? { not: null } : null };

export function createEventTypes(prisma: PrismaClient, checks: SchemaChecks): EventTypes {
  const profileOfProject = async (store: Prisma.TransactionClient, projectId: string): Promise<ProfileName> => {
    const where = { id: projectId, deletedAt: null };
    const project = await store.project.findFirst({ where, select: { profile: true } });
    if (!project) throw notFound('project', 'input.projectId');
    return project.profile;
  };

  /** Types that the organization and one of its projects made. */
  const stored = ({ organizationId, projectId }: Scope, archived: boolean | null): Promise<StoredType[]> =>
    prisma.eventType.findMany({
      where: {
        organizationId,
        ...withOrganization(projectId),
        ...whetherArchived(archived),
      },
      select: storedColumns,
      orderBy: [{ name: 'asc' }, { projectId: { sort: 'asc', nulls: 'last' } }],
    });

  async function one(principal: Principal, { id: text, scope: named, field }: TypeReference): Promise<EventTypeEntry> {
    const id = parseId(text);
    if (id !== null) {
      const byId = await prisma.eventType.findFirst({
        where: { AND: [visibleWithOrganizations(principal), { id }] },
        select: storedColumns,
      });
      const found = byId ?? catalogueTypeOf(id);
      if (found) return found;
    }
    if (id !== null || !isTypeName(text)) throw notFound('event type', field);
    const scope = await named();
    const { organizationId, projectId } = scope;
    const byName = await prisma.eventType.findFirst({
      where: { organizationId, name: text, ...withOrganization(projectId) },
      select: storedColumns,
    });
    if (byName) return byName;
    const from = projectId === null ? profilesWith(text)[0] : await profileOfProject(prisma, projectId);
    const brought = (from === undefined ? undefined : catalogue(from).get(text)) ?? platform.get(text);
    if (!brought) throw notFound('event type', field);
    return brought;
  }

  return {
    ...createEventTypeChanges(prisma, checks, one),
    one,

    byIds: (principal, ids) =>
      prisma.eventType.findMany({
        where: { AND: [visibleWithOrganizations(principal), { id: { in: [...ids] } }] },
        select: storedColumns,
      }),

    catalogueOf: (profile) => [...catalogue(profile).values()],

    async list(scope, profile, archived) {
      const own = await stored(scope, archived);
      if (archived === true) return own;
      const from = profile ?? (scope.projectId === null ? null : await profileOfProject(prisma, scope.projectId));
      const brought = from === null ? [] : [...catalogue(from).values()];
      return [...brought, ...own, ...platform.values()];
    },

    async listWithProjects(principal, organizationId, archived) {
      const [own, projects] = await Promise.all([
        prisma.eventType.findMany({
          where: { AND: [visibleWithOrganizations(principal), { organizationId }, whetherArchived(archived)] },
          select: storedColumns,
          orderBy: [{ name: 'asc' }, { projectId: { sort: 'asc', nulls: 'last' } }],
        }),
        prisma.project.groupBy({ by: ['profile'], where: { AND: [visibleProject(principal), { organizationId }] } }),
      ]);
      if (archived === true) return own;
      const brought = projects.flatMap(({ profile }) => [...catalogue(profile).values()]);
      return [...brought, ...own, ...platform.values()];
    },

    inTurns: (tenant, pieces) => checks.inPieces(tenant, pieces),

    described: (scope) => describedCatalogue(prisma, scope),

    async version(organizationId) {
      const found = await prisma.organization.findUnique({
        where: { id: organizationId },
        select: { typesVersion: true },
      });
      return found?.typesVersion ?? 0n;
    },

    async find(scope, name) {
      if (!isTypeName(name)) return { version: 0n, schemas: [], archived: false };
      // One statement, so that the type and the version belong to the same snapshot. JSON is read as text because Prisma would
      // parse it.
      const [row] = await prisma.$queryRaw<FoundRow[]>`
        SELECT o.types_version AS version, p.profile::text AS profile, t.id IS NOT NULL AS found,
               t.archived_at IS NOT NULL AS archived, CASE WHEN t.archived_at IS NULL THEN t.schema::text END AS schema
          FROM organization o
          LEFT JOIN project p ON p.id = ${scope.projectId}::uuid
          LEFT JOIN LATERAL (
            SELECT id, archived_at, schema FROM event_type
             WHERE organization_id = o.id AND (project_id IS NULL OR project_id = ${scope.projectId}::uuid) AND name = ${name}
             ORDER BY project_id NULLS LAST LIMIT 1
          ) AS t ON true
         WHERE o.id = ${scope.organizationId}::uuid`;
      if (!row) return { version: 0n, schemas: [], archived: false };
      const { version, archived } = row;
      const brought = (from: readonly ProfileName[]) =>
        from.flatMap((profile) => {
          const entry = catalogue(profile).get(name);
          return entry ? [{ schema: entry.schema, trusted: true }] : [];
        });
      const ofProfile = row.profile === null ? [] : brought([row.profile]);
      if (ofProfile.length > 0) return { version, schemas: ofProfile, archived: false };
      if (row.found) {
        return { version, schemas: row.schema === null ? [] : [{ schema: row.schema, trusted: false }], archived };
      }
      return { version, schemas: scope.projectId === null ? brought(profilesWith(name)) : [], archived: false };
    },

    async requireChoosable(transaction, scope, names, chosen) {
      if (names.length === 0) return;
      const brought =
        scope.projectId === null
          ? profiles.map((profile) => catalogue(profile.name))
          : [catalogue(await profileOfProject(transaction, scope.projectId))];
      const open = names.filter(
        (name) => !chosen.includes(name) && !platform.has(name) && !brought.some((entries) => entries.has(name)),
      );
      if (open.length === 0) return;
      // An organization-wide webhook gets the events of every project, so it may name their types.
      const rows = await transaction.eventType.findMany({
        where: {
          organizationId: scope.organizationId,
          name: { in: open.filter(isTypeName) },
          ...(scope.projectId === null ? {} : withOrganization(scope.projectId)),
        },
        select: { name: true, archivedAt: true },
      });
      for (const name of open) {
        const field = `input.eventTypes[${names.indexOf(name)}]`;
        const found = rows.filter((row) => row.name === name);
        if (found.length === 0) {
          throw invalid(field, 'There is no such event type here: use one that exists, or create it first.');
        }
        if (found.every(({ archivedAt }) => archivedAt !== null)) throw archivedType(field, name, 'chosen');
      }
    },
  };
}
