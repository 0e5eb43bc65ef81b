import {
  CreateEventTypeDocument,
  type CreateEventTypeInput,
  type CreateEventTypeMutation,
  type EventTypeFieldsFragment,
  EventTypesDocument,
  type EventTypesQueryVariables,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';

export type EventType = EventTypeFieldsFragment;

/** A created event type, with warnings of probable mistakes in its schema. */
export type CreatedEventType = EventType & Pick<CreateEventTypeMutation['createEventType'], 'warnings'>;

/** Event types: the events that can be published, and the schemas of their data. */
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

  /** The types that can be published: for a project (its own, its profile's and its organization's), an organization, or a profile. */
  async list({ signal, ...filter }: EventTypesQueryVariables & CallOptions = {}): Promise<readonly EventType[]> {
    return (await this.#transport.query(EventTypesDocument, filter, { signal })).eventTypes;
  }
}
