import type { Scope } from '../access/permissions.ts';
import type { Compatibility } from '../compatibility/compatibility.ts';
import { invalid } from '../ground/errors.ts';
import type { CatalogueType, EventTypeTexts } from './catalogues.ts';
import { shownType } from './typeName.ts';

/** A type that a tenant made. Its texts may be long; lists leave them to be read by its id. */
export interface StoredType extends Partial<EventTypeTexts> {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly category: string | null;
  /** What a change of its schema must keep. */
  readonly compatibility: Compatibility;
  /** The number of its newest version. */
  readonly version: number;
  readonly createdAt: Date;
  /** Since when it is neither published nor newly chosen. */
  readonly archivedAt: Date | null;
}

export const storedColumns = {
  id: true,
  organizationId: true,
  projectId: true,
  name: true,
  category: true,
  compatibility: true,
  version: true,
  createdAt: true,
  archivedAt: true,
} as const;

/** A type as the API shows it. */
export type EventTypeEntry = CatalogueType | StoredType;

/** Names a type by its id, or by its name: then the scope is asked for. */
export interface TypeReference {
  readonly id: string;
  /** @throws ApiError if the arguments name none, or one that the principal may not see */
  scope(): Promise<Scope>;
  /** Path of the argument, for errors. */
  readonly field: string;
}

/** Types of an organization itself and, where one is named, of a project. */
export const withOrganization = (projectId: string | null) =>
  projectId === null ? { projectId: null } : { OR: [{ projectId: null }, { projectId }] };

/** @param use - what it is not any more */
export const archivedType = (field: string, name: string, use: 'published' | 'chosen') =>
  invalid(
    field,
    `The event type ${shownType(name)} is archived and cannot be ${use}: unarchive it with "unarchiveEventType", or use another type.`,
  );
