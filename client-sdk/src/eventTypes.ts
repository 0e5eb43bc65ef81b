import { NotFoundError } from './errors.ts';
import {
  ApplyEventTypesDocument,
  type ApplyEventTypesInput,
  type ApplyEventTypesMutation,
  ArchiveEventTypeDocument,
  CreateEventTypeDocument,
  type CreateEventTypeInput,
  type CreateEventTypeMutation,
  DeleteEventTypeDocument,
  EventTypeDocument,
  type EventTypeFieldsFragment,
  EventTypesDocument,
  type EventTypesQueryVariables,
  EventTypeVersionsDocument,
  type EventTypeVersionsQuery,
  UnarchiveEventTypeDocument,
  UpdateEventTypeDocument,
  type UpdateEventTypeInput,
  UpsertEventTypeDocument,
  type UpsertEventTypeInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

export type EventType = WithTimes<EventTypeFieldsFragment>;

/** An event type after a change, with warnings of probable mistakes in its schema. */
export type CreatedEventType = EventType & Pick<CreateEventTypeMutation['createEventType'], 'warnings'>;

/** An event type as it was asked for. `created`: whether there was none of its name before. */
export type UpsertedEventType = CreatedEventType & { readonly created: boolean };

/** An event type as one change left it: what changed, when, and who did it. */
export type EventTypeVersion = WithTimes<
  NonNullable<EventTypeVersionsQuery['eventType']>['versions']['edges'][number]['node']
>;

/** Event types as they shall be. Those that are not named stay as they are. */
export type EventTypesToApply = Omit<ApplyEventTypesInput, 'dryRun'>;

/** What becomes of each of the types, in their order. */
export interface EventTypesPlan {
  readonly types: ApplyEventTypesMutation['applyEventTypes']['types'];
}

/** Where a type's name is looked for: in a project and its organization, or in the organization alone. */
export interface EventTypeScope {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Fields left out stay as they are; null clears a field. With `expectedVersion`, another version is a ConflictError. */
export type EventTypeChanges = Omit<UpdateEventTypeInput, 'id' | 'organizationId' | 'projectId'>;

/**
 * Event types: the events that can be published, and the schemas of their data. Where a type is named, `id` is its id, or its name
 * together with a scope.
 */
export class EventTypes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Creates a type for one project, or for a whole organization. `schema` is JSON Schema, draft 2020-12. `warnings` lists words
   * in it that look like keywords but are none, such as `minimun`.
   */
  async create(input: CreateEventTypeInput, options?: CallOptions): Promise<CreatedEventType> {
    const made = await this.#transport.mutate(CreateEventTypeDocument, { input }, options);
    const { eventType, warnings } = made.createEventType;
    return { ...eventType, warnings };
  }

  /**
   * Changes a type. What differs becomes a new version, and holds for everything that is published from then on.
   *
   * @throws ConflictError if it is a profile's type, or at another version than `expectedVersion`
   */
  async update(
    id: string,
    changes: EventTypeChanges,
    { organizationId, projectId, ...options }: EventTypeScope & CallOptions = {},
  ): Promise<CreatedEventType> {
    const input = { ...changes, id, organizationId, projectId };
    const made = await this.#transport.mutate(UpdateEventTypeDocument, { input }, options);
    const { eventType, warnings } = made.updateEventType;
    return { ...eventType, warnings };
  }

  /** Creates a type, or changes the one of this name in this scope. What is left out stays; if nothing differs, nothing is written. */
  async upsert(input: UpsertEventTypeInput, options: CallOptions = {}): Promise<UpsertedEventType> {
    const repeatable = 'always';
    const made = await this.#transport.mutate(UpsertEventTypeDocument, { input }, { ...options, repeatable });
    const { eventType, warnings, created } = made.upsertEventType;
    return { ...eventType, warnings, created };
  }

  /**
   * What `apply` would do: added, changed or unchanged, whom a change of a schema breaks at which path, and why a type would be refused.
   */
  async plan(types: EventTypesToApply, options: CallOptions = {}): Promise<EventTypesPlan> {
    const input = { ...types, dryRun: true };
    const repeatable = 'always';
    return (await this.#transport.mutate(ApplyEventTypesDocument, { input }, { ...options, repeatable }))
      .applyEventTypes;
  }

  /**
   * Makes up to 500 types as they shall be: all of them, or none. What is so already is not written, so that it may be repeated.
   *
   * @throws ConflictError where a change breaks a type's compatibility; ValidationError. `field` names the type: `input.types[3].schema`
   */
  async apply(types: EventTypesToApply, options: CallOptions = {}): Promise<EventTypesPlan> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(ApplyEventTypesDocument, { input: types }, { ...options, repeatable });
    return data.applyEventTypes;
  }

  /** From now on the type is neither published nor newly chosen by a webhook. Its events stay in the log. */
  async archive(
    id: string,
    { organizationId, projectId, ...options }: EventTypeScope & CallOptions = {},
  ): Promise<EventType> {
    const input = { id, organizationId, projectId };
    const repeatable = 'always';
    const data = await this.#transport.mutate(ArchiveEventTypeDocument, { input }, { ...options, repeatable });
    return data.archiveEventType.eventType;
  }

  /** Makes an archived type usable again. */
  async unarchive(
    id: string,
    { organizationId, projectId, ...options }: EventTypeScope & CallOptions = {},
  ): Promise<EventType> {
    const input = { id, organizationId, projectId };
    const repeatable = 'always';
    const data = await this.#transport.mutate(UnarchiveEventTypeDocument, { input }, { ...options, repeatable });
    return data.unarchiveEventType.eventType;
  }

  /** Deletes a type. @throws ConflictError if the log has events of it, or a webhook has chosen it: archive it instead */
  async delete(
    id: string,
    { organizationId, projectId, ...options }: EventTypeScope & CallOptions = {},
  ): Promise<void> {
    await this.#transport.mutate(DeleteEventTypeDocument, { input: { id, organizationId, projectId } }, options);
  }

  /** @throws NotFoundError */
  async get(id: string, { signal, ...scope }: EventTypeScope & CallOptions = {}): Promise<EventType> {
    const { eventType } = await this.#transport.query(EventTypeDocument, { id, ...scope }, { signal });
    if (!eventType) throw new NotFoundError('There is no such event type.', { field: 'id' });
    return eventType;
  }

  /** The versions of a type, newest first. */
  versions(id: string, { signal, ...scope }: EventTypeScope & CallOptions = {}): Listing<EventTypeVersion> {
    return new Listing(async (page, ending) => {
      const { eventType } = await this.#transport.query(
        EventTypeVersionsDocument,
        { id, ...scope, ...page },
        { signal: ending },
      );
      if (!eventType) throw new NotFoundError('There is no such event type.', { field: 'id' });
      return eventType.versions;
    }, signal);
  }

  /**
   * The types that can be published: for a project (its own, its profile's and its organization's), an organization, or a profile.
   * `ofProjects: true` adds to an organization's those of its projects and of their profiles. `archived: true` lists those that are
   * archived, `null` both.
   */
  async list({ signal, ...filter }: EventTypesQueryVariables & CallOptions = {}): Promise<readonly EventType[]> {
    return (await this.#transport.query(EventTypesDocument, filter, { signal })).eventTypes;
  }
}
