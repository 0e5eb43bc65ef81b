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

/** An event type that was made, with what of its schema is probably not what was meant. */
export type CreatedEventType = EventType & Pick<CreateEventTypeMutation['createEventType'], 'warnings'>;

/** Event types: what can be published, and what its data must be. */
export class EventTypes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * A type of one project, or of a whole organization. `schema` is JSON Schema, draft 2020-12. `warnings` names words of it that
   * are no keywords and look as if they should be, such as `minimun`.
   */
  async create(input: CreateEventTypeInput, options?: CallOptions): Promise<CreatedEventType> {
    const made = await this.#transport.mutate(CreateEventTypeDocument, { input }, options);
    const { eventType, warnings } = made.createEventType;
    return { ...eventType, warnings };
  }

  /** The types that can be published: of a project (with its profile's and its organization's), an organization, or a profile. */
  async list({ signal, ...filter }: EventTypesQueryVariables & CallOptions = {}): Promise<readonly EventType[]> {
    return (await this.#transport.query(EventTypesDocument, filter, { signal })).eventTypes;
  }
}
