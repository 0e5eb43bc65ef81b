import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { SchemaWarning } from '../jsonSchema/warnings.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { raiseTypesVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { type AppliedType, createTypeApplication } from './applyTypes.ts';
import { catalogue } from './catalogues.ts';
import {
  changedContent,
  type EventTypeChange,
  type EventTypeInput,
  requireCompatible,
  requireTypeName,
  type UpsertedInput,
} from './eventTypeInput.ts';
import { requireUnchosen, requireUnpublished } from './eventTypeUse.ts';
import { type EventTypeEntry, type StoredType, storedColumns, type TypeReference } from './storedType.ts';
import {
  addVersion,
  type ChangedType,
  changedParts,
  contentOf,
  insertType,
  isFree,
  nameTaken,
  updateType,
} from './storeType.ts';
import { shownType } from './typeName.ts';

/** How often a change begins again because another one came between. */
const maxRounds = 5;

export interface ChangedEventType {
  readonly eventType: ChangedType;
  /** Parts of the new schema that are valid but probably not intended. */
  readonly warnings: readonly SchemaWarning[];
}

export interface UpsertedEventType extends ChangedEventType {
  readonly created: boolean;
}

/** Changes of event types. Each of them holds for everything that is published from then on, in every process. */
export interface EventTypeChanges {
  create(principal: Principal, scope: Scope, input: EventTypeInput): Promise<ChangedEventType>;
  /**
   * Changes a type; what differs becomes a new version. A change of nothing writes nothing.
   *
   * @param expectedVersion - the version that the change was made from; another one is CONFLICT. Null: whichever there is
   */
  update(
    principal: Principal,
    reference: TypeReference,
    change: EventTypeChange,
    expectedVersion: number | null,
  ): Promise<ChangedEventType>;
  /**
   * Creates a type, or changes the one of this name in exactly this scope. What is left out of a change stays. An archived type is
   * unarchived only by `unarchive`.
   */
  upsert(principal: Principal, scope: Scope, input: UpsertedInput): Promise<UpsertedEventType>;
  /**
   * Makes types as they shall be, each as `upsert` does: all or none.
   *
   * @param trial - only says what would become of them
   */
  apply(
    principal: Principal,
    scope: Scope,
    inputs: readonly UpsertedInput[],
    trial: boolean,
  ): Promise<readonly AppliedType[]>;
  /** From then on it is neither published nor newly chosen by a webhook. Does nothing if it is archived. */
  archive(principal: Principal, reference: TypeReference): Promise<StoredType>;
  /** Ends an `archive`. Does nothing if it is not archived. */
  unarchive(principal: Principal, reference: TypeReference): Promise<StoredType>;
  /**
   * Deletes a type, with its versions.
   *
   * @returns its id
   * @throws ApiError CONFLICT if an event of it is stored, or a webhook that the principal may see has chosen it
   */
  remove(principal: Principal, reference: TypeReference): Promise<string>;
}

/** @param find - finds a type that the principal may see */
export function createEventTypeChanges(
  prisma: PrismaClient,
  checks: SchemaChecks,
  find: (principal: Principal, reference: TypeReference) => Promise<EventTypeEntry>,
): EventTypeChanges {
  /** A type that the principal may change. */
  async function managed(principal: Principal, reference: TypeReference): Promise<StoredType> {
    const found = await find(principal, reference);
    if (!('organizationId' in found)) throw notChangeable(found.name, reference.field);
    requireIn(principal, 'ORGANIZATION_MANAGE', found, reference.field);
    return found;
  }

  /** Works on a type while its organization is locked, so that nothing is published or changed meanwhile. */
  const locked = <T>(
    { id, organizationId }: StoredType,
    field: string,
    work: (transaction: Prisma.TransactionClient, type: StoredType) => Promise<T>,
  ): Promise<T> =>
    inTransaction(prisma, organizationId, async (transaction) => {
      await lockOrganization(transaction, organizationId);
      const type = await transaction.eventType.findUnique({ where: { id }, select: storedColumns });
      if (!type) throw notFound('event type', field);
      return work(transaction, type);
    });

  async function write(
    principal: Principal,
    { id }: StoredType,
    field: string,
    change: EventTypeChange,
    expectedVersion: number | null,
  ): Promise<ChangedEventType> {
    for (let round = 0; round < maxRounds; round++) {
      const before = await contentOf(prisma, id);
      if (!before) throw notFound('event type', field);
      if (expectedVersion !== null && before.version !== expectedVersion) throw otherVersion(before.version);
      // Outside the transaction, because it may take long.
      const checked = await changedContent(checks, before.organizationId, before, change);
      await requireCompatible(checks, before.organizationId, before, checked);
      const { content, warnings } = checked;
      const changed = changedParts(before, content);
      if (changed.length === 0) return { eventType: before, warnings };
      const eventType = await locked(before, field, async (transaction, now) => {
        if (now.version !== before.version) return null;
        await raiseTypesVersion(transaction, now.organizationId);
        return updateType(transaction, principal, before, now, content, changed);
      });
      if (eventType) return { eventType, warnings };
    }
    throw new ApiError('CONFLICT', 'Others keep changing this event type. Try again.', field);
  }

  const setArchived = async (
    principal: Principal,
    reference: TypeReference,
    archived: boolean,
  ): Promise<StoredType> => {
    const { field } = reference;
    return locked(await managed(principal, reference), field, async (transaction, type) => {
      if ((type.archivedAt !== null) === archived) return type;
      const { id, organizationId, projectId } = type;
      await raiseTypesVersion(transaction, organizationId);
      const archivedAt = archived ? new Date() : null;
      const version = type.version + 1;
      await transaction.eventType.update({ where: { id }, data: { archivedAt, version }, select: { id: true } });
      await addVersion(transaction, principal, { id, version }, ['ARCHIVED']);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: archived ? 'event_type.archived' : 'event_type.unarchived',
        target: { type: 'event_type', id },
        before: { name: type.name, archivedAt: type.archivedAt, version: type.version },
        after: { name: type.name, archivedAt, version },
      });
      return { ...type, archivedAt, version };
    });
  };

  /** @returns null if there is a type of this name in exactly this scope */
  async function add(principal: Principal, scope: Scope, input: EventTypeInput): Promise<ChangedEventType | null> {
    const { organizationId } = scope;
    const { content, warnings } = await changedContent(checks, organizationId, null, input);
    const eventType = await inTransaction(prisma, organizationId, async (transaction) => {
      await lockOrganization(transaction, organizationId);
      if (!(await isFree(transaction, scope, input.name))) return null;
      await raiseTypesVersion(transaction, organizationId);
      return insertType(transaction, principal, scope, input.name, content);
    });
    return eventType && { eventType, warnings };
  }

  async function requireNotBrought({ projectId }: Scope, name: string, field = 'input.name'): Promise<void> {
    if (projectId === null) return;
    const project = await prisma.project.findUniqueOrThrow({ where: { id: projectId }, select: { profile: true } });
    if (catalogue(project.profile).has(name)) {
      throw new ApiError('CONFLICT', 'The profile of this project has this type already.', field);
    }
  }

  return {
    async create(principal, scope, input) {
      requireIn(principal, 'ORGANIZATION_MANAGE', scope);
      requireTypeName(input.name);
      await requireNotBrought(scope, input.name);
      const made = await add(principal, scope, input);
      if (!made) throw nameTaken();
      return made;
    },

    async update(principal, reference, change, expectedVersion) {
      return write(principal, await managed(principal, reference), reference.field, change, expectedVersion);
    },

    async upsert(principal, scope, input) {
      requireIn(principal, 'ORGANIZATION_MANAGE', scope);
      requireTypeName(input.name);
      await requireNotBrought(scope, input.name);
      const { organizationId, projectId } = scope;
      for (let round = 0; round < maxRounds; round++) {
        const type = await prisma.eventType.findFirst({
          where: { organizationId, projectId, name: input.name },
          select: storedColumns,
        });
        if (type) return { ...(await write(principal, type, 'input.name', input, null)), created: false };
        const { category = null, description = null, example = null } = input;
        const made = await add(principal, scope, { ...input, category, description, example });
        if (made) return { ...made, created: true };
      }
      throw nameTaken();
    },

    apply: createTypeApplication(prisma, checks, requireNotBrought),

    archive: (principal, reference) => setArchived(principal, reference, true),
    unarchive: (principal, reference) => setArchived(principal, reference, false),

    async remove(principal, reference) {
      const { field } = reference;
      const type = await managed(principal, reference);
      // Most types that must stay are found here, before anything is locked.
      await requireUnpublished(prisma, type, field);
      return locked(type, field, async (transaction, { id, organizationId, projectId, name, category }) => {
        await raiseTypesVersion(transaction, organizationId);
        await requireUnpublished(transaction, type, field);
        await requireUnchosen(transaction, principal, type, field);
        await transaction.eventType.delete({ where: { id }, select: { id: true } });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'event_type.deleted',
          target: { type: 'event_type', id },
          before: { name, category },
        });
        return id;
      });
    },
  };
}

const notChangeable = (name: string, field: string) =>
  new ApiError(
    'CONFLICT',
    `The event type ${shownType(name)} is part of Everhook: it comes from a profile's catalogue and cannot be changed. Create a type with a name of your own instead.`,
    field,
  );

const otherVersion = (version: number) =>
  new ApiError(
    'CONFLICT',
    `The event type is at version ${version}: somebody has changed it since. Read it again, and repeat your change with that version.`,
    'input.expectedVersion',
  );
