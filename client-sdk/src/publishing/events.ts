import { aboutField, EverhookError, LimitExceededError, NotFoundError, ValidationError } from '../errors.ts';
import {
  type DeliveryStatus,
  EventDeliveryCountsDocument,
  EventDocument,
  type EventFieldsFragment,
  EventsDocument,
  EventTextDocument,
  type ListedEventFieldsFragment,
} from '../generated/operations.ts';
import type { CallOptions, Transport } from '../http/transport.ts';
import { Listing } from '../listing.ts';
import type { TimeInput, WithTimes } from '../times.ts';
import { type AnyEvents, type EventOf, type EventText, type EventToPublish, eventText } from './eventText.ts';
import { type Labels, labelsOf, labelsText } from './labels.ts';
import { type AcceptedEvent, type FailedEvent, PublishError } from './publishError.ts';
import {
  lengthOf,
  maxEvents,
  type Outcome,
  type PublishedEvent,
  PublishQueue,
  type PublishScope,
  type Wrapping,
  wrappingOf,
} from './queue.ts';

/** An event as it is stored. */
export type Event = Omit<WithTimes<EventFieldsFragment>, 'labels'> & {
  /** What its publisher labelled it with. */
  readonly labels: Labels;
};

/** An event of a list: without its data, which `get` reads. */
export type ListedEvent = Omit<WithTimes<ListedEventFieldsFragment>, 'labels'> & {
  /** What its publisher labelled it with. */
  readonly labels: Labels;
};

/** An event as it is stored, with its data as text. */
export type EventAsText = ListedEvent & {
  /** Within 24 hours of publishing: the key that it was published with. */
  readonly idempotencyKey: string | null;
  /** The JSON text of its data; null where it was erased. */
  readonly dataText: string | null;
};

/** Numbers of deliveries by status. */
export type DeliveryCounts = Readonly<Partial<Record<DeliveryStatus, number>>>;

/** Which events a list has: those that fit everything that is given. */
export interface EventFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  /** At most 100. */
  readonly ids?: readonly string[] | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  /** They have all of these. */
  readonly labels?: Labels | undefined;
  /** Published with this key within the last 24 hours: keys are kept no longer. */
  readonly idempotencyKey?: string | undefined;
  /** Whether no webhook took them when they were published. */
  readonly matchedNoWebhook?: boolean | undefined;
  /** Only tests, or only what is no test. @default both */
  readonly isTest?: boolean | undefined;
  /** Created at this time or later. */
  readonly from?: TimeInput | undefined;
  /** Created before this time. */
  readonly to?: TimeInput | undefined;
  /** Their data contains these members. No index finds it: name a time, a type or a label as well. */
  readonly dataContains?: object | undefined;
}

export type PublishOptions = PublishScope & CallOptions;

export interface PublishManyOptions extends PublishOptions {
  /**
   * Publishes all of the events or none: for up to 100 events that fit into one request of 1 MiB. @default false: each event stands
   * for itself, and any number may be given
   */
  readonly allOrNone?: boolean | undefined;
}

/**
 * Events: published once, and delivered to every webhook that subscribed.
 *
 * @typeParam Catalogue - the interface of its types, by which the compiler checks what is published
 */
export class Events<Catalogue extends object = AnyEvents> {
  readonly #transport: Transport;
  readonly #queue: PublishQueue;

  constructor(transport: Transport, concurrency: number) {
    this.#transport = transport;
    this.#queue = new PublishQueue(transport, concurrency);
  }

  /**
   * Publishes one event. Resolves once it is committed; its deliveries follow at once. Calls made at the same time share requests, so
   * there is no need to gather events first.
   *
   * @throws EverhookError of the error's class, with the `field` at fault, such as `data.amount`: nothing was published then. After
   *   a NetworkError or TimeoutError that is not certain, and publishing again with the same `idempotencyKey` is safe.
   */
  async publish(event: EventOf<Catalogue>, options: PublishOptions = {}): Promise<PublishedEvent> {
    if (Array.isArray(event)) {
      throw new ValidationError('publish takes one event: give a list to publishMany.', { field: 'event' });
    }
    const wrapping = wrappingOf(options);
    const text = eventText(event as EventToPublish, '', wrapping.room);
    const publishing = this.#queue.publish(wrapping, [text], options.signal);
    const [published] = await publishing.catch((error: unknown) => Promise.reject(inCallersWords(error, () => '')));
    return published as PublishedEvent;
  }

  /**
   * Publishes any number of events, in requests of up to 100 events and 1 MiB, several at once. Each event stands for itself: one that
   * is refused does not keep the others back, unless `allOrNone` is given. An event that cannot be sent at all, such as one with
   * a misspelt key, is refused before anything is sent.
   *
   * @returns the events in the order of the input
   * @throws PublishError where events were refused: `failed` has the error of each, whose `field` names the event and the
   *   place in it (`events[3].data.amount`), and `accepted` has the others. Where nothing was published for a reason that is about
   *   no event, such as a bad key or a server that is away, the EverhookError of that reason.
   */
  async publishMany(
    events: readonly EventOf<Catalogue>[],
    { allOrNone = false, ...options }: PublishManyOptions = {},
  ): Promise<PublishedEvent[]> {
    if (!Array.isArray(events)) {
      throw new ValidationError('publishMany takes a list of events: give a single one to publish.', {
        field: 'events',
      });
    }
    const wrapping = wrappingOf(options);
    const texts = events.map((event, index) => eventText(event as EventToPublish, `events[${index}]`, wrapping.room));
    if (allOrNone) return this.#publishTogether(texts, wrapping, options);
    const outcomes = await this.#queue.publishEach(wrapping, texts, options.signal);
    const accepted: AcceptedEvent[] = [];
    const failed: FailedEvent[] = [];
    let firstReason: Error | undefined;
    for (const [index, outcome] of outcomes.entries()) {
      if (isAccepted(outcome)) accepted.push({ index, event: outcome[0] as PublishedEvent });
      else {
        const reason = inCallersWords(outcome, () => `events[${index}]`);
        firstReason ??= reason;
        failed.push({
          index,
          idempotencyKey: (texts[index] as EventText).idempotencyKey,
          error: asEverhookError(reason),
        });
      }
    }
    if (failed.length === 0) return accepted.map(({ event }) => event);
    if (accepted.length === 0 && failed.every(({ error }) => !isAboutEvent(error))) throw firstReason;
    throw new PublishError(accepted, failed);
  }

  async #publishTogether(
    texts: readonly EventText[],
    wrapping: Wrapping,
    { signal }: PublishOptions,
  ): Promise<PublishedEvent[]> {
    if (texts.length === 0) return [];
    if (texts.length > maxEvents || lengthOf(texts) - 1 > wrapping.room) {
      const message = `With allOrNone, the events must fit into one request: at most ${maxEvents} of them, and ${wrapping.room} bytes of JSON.`;
      throw new LimitExceededError(message, { field: 'events' });
    }
    const publishing = this.#queue.publish(wrapping, texts, signal);
    return [
      ...(await publishing.catch((error: unknown) =>
        Promise.reject(inCallersWords(error, (index) => `events[${index}]`)),
      )),
    ];
  }

  /** An event by its id, with its data. @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Event> {
    const { event } = await this.#transport.query(EventDocument, { id }, options);
    if (!event) throw new NotFoundError('There is no such event.', { field: 'id' });
    return withLabels(event);
  }

  /**
   * An event by its id, with its data as the JSON text that was published: key order and the text of numbers are kept, where `get`
   * has 1.0 as 1. @throws NotFoundError
   */
  async getText(id: string, options?: CallOptions): Promise<EventAsText> {
    const { event } = await this.#transport.query(EventTextDocument, { id }, options);
    if (!event) throw new NotFoundError('There is no such event.', { field: 'id' });
    return withLabels(event);
  }

  /**
   * How many deliveries of each event have which status, replays included. Only what the key may see is counted.
   *
   * @param ids - at most 100
   * @returns by id; an event that is not there is left out, and so is a status that no delivery of an event has
   */
  async deliveryCounts(ids: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, DeliveryCounts>> {
    if (ids.length === 0) return new Map();
    const { events } = await this.#transport.query(EventDeliveryCountsDocument, { ids }, options);
    return new Map(
      events.edges.map(({ node }) => [
        node.id,
        Object.fromEntries(node.deliveryCounts.map(({ status, count }) => [status, count])),
      ]),
    );
  }

  /** Events, newest first. */
  list({ signal, labels, ...filter }: EventFilter = {}): Listing<ListedEvent> {
    const asked = { ...filter, ...labelsText(labels) };
    return new Listing(async (page, ending) => {
      const { events } = await this.#transport.query(EventsDocument, { ...asked, ...page }, { signal: ending });
      return { ...events, edges: events.edges.map(({ node }) => ({ node: withLabels(node) })) };
    }, signal);
  }
}

/** An event with its labels as an object. */
const withLabels = <E extends Pick<ListedEventFieldsFragment, 'labels'>>({ labels, ...event }: E) => ({
  ...event,
  labels: labelsOf(labels),
});

const isAccepted = (outcome: Outcome): outcome is readonly PublishedEvent[] => Array.isArray(outcome);
const isAboutEvent = ({ field }: EverhookError): boolean => field?.startsWith('events[') ?? false;

/** Any other error, such as one of the caller's own `apiKey` function, becomes the cause. */
const asEverhookError = (error: Error): EverhookError =>
  error instanceof EverhookError ? error : new EverhookError('INTERNAL', String(error?.message), { cause: error });

/** The error with its field as the caller knows it: `events[3].data.title`, and `data.title` for a single event. */
function inCallersWords(error: unknown, pathOf: (index: number) => string): Error {
  if (!(error instanceof EverhookError) || error.field === undefined) return error as Error;
  const field = error.field
    .replace(/^input\.events\[(\d+)\]/, (_, index: string) => pathOf(Number(index)))
    .replace(/^input\.|^\./, '');
  return aboutField(error, field);
}
