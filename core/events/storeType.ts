import type { Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { changedFields } from '../audit/fields.ts';
import { ApiError } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { EventTypePart } from '../store/prisma/enums.ts';
import type { EventTypeTexts } from './catalogues.ts';
import type { EventTypeContent } from './eventTypeInput.ts';
import type { StoredType } from './storedType.ts';

/** Maximum for one organization, including its projects. */
const maxTypes = 5_000;
/** Versions of a type that are kept: the newest ones. */
const maxVersions = 200;

/** A type with its texts, as a change left it. */
export type ChangedType = StoredType & EventTypeTexts;

/** Changes a type's row, and adds the version and the audit record of it. */
export async function updateType(
  transaction: Prisma.TransactionClient,
  principal: Principal,
  before: ChangedType,
  now: StoredType,
  content: EventTypeContent,
  changed: readonly EventTypePart[],
): Promise<ChangedType> {
  const next = { ...now, ...content, version: now.version + 1 };
  await transaction.$executeRaw`
    UPDATE event_type SET category = ${next.category}, description = ${next.description}, schema = ${next.schema}::json,
                          example = ${next.example}::json, version = ${next.version},
                          compatibility = ${next.compatibility}::event_type_compatibility
     WHERE id = ${now.id}::uuid`;
  await addVersion(transaction, principal, next, changed);
  await audit(transaction, principal, {
    organizationId: now.organizationId,
    projectId: now.projectId,
    action: 'event_type.updated',
    target: { type: 'event_type', id: now.id },
    ...changedFields(audited(before), { ...audited(next), changed: changed.map((part) => part.toLowerCase()) }),
  });
  return next;
}

/** Adds a type's row with its first version, and the audit record of it. */
export async function insertType(
  transaction: Prisma.TransactionClient,
  principal: Principal,
  scope: Scope,
  name: string,
  content: EventTypeContent,
): Promise<ChangedType> {
  const { organizationId, projectId } = scope;
  const id = newId();
  const made = { id, organizationId, projectId, name, version: 1, createdAt: new Date(), archivedAt: null, ...content };
  await transaction.$executeRaw`
    INSERT INTO event_type (id, organization_id, project_id, name, category, description, schema, example, created_at, compatibility)
    VALUES (${id}::uuid, ${organizationId}::uuid, ${projectId}::uuid, ${made.name}, ${made.category},
            ${made.description}, ${made.schema}::json, ${made.example}::json, ${made.createdAt},
            ${made.compatibility}::event_type_compatibility)`;
  await addVersion(transaction, principal, made, []);
  await audit(transaction, principal, {
    ...scope,
    action: 'event_type.created',
    target: { type: 'event_type', id },
    after: {
      name: made.name,
      category: made.category,
      description: made.description,
      ...(made.compatibility === 'NONE' ? {} : { compatibility: made.compatibility }),
    },
  });
  return made;
}

/** A name has one meaning in a scope: a project and its organization cannot both have a type of that name. */
export async function isFree(transaction: Prisma.TransactionClient, scope: Scope, name: string): Promise<boolean> {
  const { organizationId, projectId } = scope;
  const same = await transaction.eventType.findMany({
    where: { organizationId, name, ...(projectId === null ? {} : { OR: [{ projectId: null }, { projectId }] }) },
    select: { projectId: true },
  });
  if (same.some((type) => type.projectId === projectId)) return false;
  if (same.length > 0) throw nameTaken();
  if ((await transaction.eventType.count({ where: { organizationId } })) >= maxTypes) {
    throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxTypes} event types.`);
  }
  return true;
}

export const nameTaken = () => new ApiError('CONFLICT', 'There is an event type of this name already.', 'input.name');

/** A type with its texts. JSON is read as text because Prisma would parse it. */
export async function contentOf(store: PrismaClient, id: string): Promise<ChangedType | null> {
  const [row] = await store.$queryRaw<ChangedType[]>`
    SELECT id, organization_id AS "organizationId", project_id AS "projectId", name, category, version,
           created_at AS "createdAt", archived_at AS "archivedAt", description, schema::text AS schema, example::text AS example,
           compatibility::text AS compatibility
      FROM event_type WHERE id = ${id}::uuid`;
  return row ?? null;
}

const parts = {
  category: 'CATEGORY',
  description: 'DESCRIPTION',
  schema: 'SCHEMA',
  example: 'EXAMPLE',
  compatibility: 'COMPATIBILITY',
} as const;

export const changedParts = (before: EventTypeContent, after: EventTypeContent): EventTypePart[] =>
  (Object.keys(parts) as (keyof typeof parts)[])
    .filter((name) => before[name] !== after[name])
    .map((name) => parts[name]);

/** A type for the audit log: schemas and examples are long, and kept with the versions. */
const audited = ({ name, category, description, compatibility, version }: ChangedType) => ({
  name,
  category,
  description,
  compatibility,
  version,
});

/** Adds what a type is now as a version, and removes one that is too old. */
export async function addVersion(
  transaction: Prisma.TransactionClient,
  principal: Principal,
  { id, version }: Pick<StoredType, 'id' | 'version'>,
  changed: readonly EventTypePart[],
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO event_type_version (id, organization_id, event_type_id, version, changed, category, description, schema, example,
                                    compatibility, archived_at, principal_kind, principal_id)
    SELECT ${newId()}::uuid, organization_id, id, version, ${changed}::event_type_part[], category, description, schema, example,
           compatibility, archived_at, ${principal.kind}, ${principal.id}
      FROM event_type WHERE id = ${id}::uuid`;
  await transaction.eventTypeVersion.deleteMany({
    where: { eventTypeId: id, version: { lte: version - maxVersions } },
  });
}
