import { aboutField, EverhookError, NotFoundError } from '../errors.ts';
import { EventDocument, type EventFieldsFragment } from '../generated/operations.ts';
import type { CallOptions, Transport } from '../http/transport.ts';
import { type EventText, type EventToPublish, eventText, type Labels } from './eventText.ts';
import { PublishError } from './publishError.ts';
import { maxEvents, type PublishedEvent, PublishQueue, type PublishScope, type Wrapping, wrappingOf } from './queue.ts';

/** An event as it is stored. */
export type Event = Omit<EventFieldsFragment, 'labels'> & {
  /** What its publisher labelled it with. */
  readonly labels: Labels;
};

/** A list of events. For a single event, no length is inferred. */
type ListOf<Length extends number> = readonly EventToPublish[] & { readonly length: Length };

export type PublishOptions = PublishScope & CallOptions;

/** Events: published once, and delivered to every webhook that subscribed. */
export class Events {
  readonly #transport: Transport;
  readonly #queue: PublishQueue;

  constructor(transport: Transport, concurrency: number) {
    this.#transport = transport;
    this.#queue = new PublishQueue(transport, concurrency);
  }

  /**
   * Publishes one event, or any number of them in a list. Resolves once they are committed; deliveries follow at once.
   *
   * Calls made at the same time share requests, so there is no need to gather events first. A list is sent in requests of up to
   * 100 events and 1 MiB, several at once, and each request is accepted as a whole or not at all.
   *
   * @returns the accepted event; for a list, the events in the order of the input.
   * @throws EverhookError of the error's class: nothing was published then. After a NetworkError or TimeoutError that is not
   *   certain, and publishing again with the same `idempotencyKey` is safe. PublishError where only some events of a list were
   *   accepted: it lists both.
   */
  publish<Length extends number = never>(
    // One signature, not one for each form: the compiler's error then points at the wrong part of an argument.
    input: EventToPublish | ListOf<Length>,
    options?: PublishOptions,
  ): Promise<[Length] extends [never] ? PublishedEvent : PublishedEvent[]>;
  async publish(
    input: EventToPublish | readonly EventToPublish[],
    options: PublishOptions = {},
  ): Promise<PublishedEvent | PublishedEvent[]> {
    const wrapping = wrappingOf(options);
    if (isList(input)) {
      const texts = input.map((event, index) => eventText(event, `events[${index}]`, wrapping.room));
      return this.#publishAll(texts, wrapping, options);
    }
    const text = eventText(input, '', wrapping.room);
    const [published] = await this.#queue
      .publish(wrapping, [text], options.signal)
      .catch((error: unknown) => Promise.reject(inCallersWords(error, () => '')));
    return published as PublishedEvent;
  }

  /** An event by its id, with its data. @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Event> {
    const { event } = await this.#transport.query(EventDocument, { id }, options);
    if (!event) throw new NotFoundError('There is no such event.', { field: 'id' });
    return eventOf(event);
  }

  async #publishAll(
    texts: readonly EventText[],
    wrapping: Wrapping,
    options: PublishOptions,
  ): Promise<PublishedEvent[]> {
    const groups = groupsOf(texts, wrapping.room);
    const outcomes = await Promise.allSettled(
      groups.map(({ events }) => this.#queue.publish(wrapping, events, options.signal)),
    );
    options.signal?.throwIfAborted();
    const accepted = [];
    const failed = [];
    let firstReason: Error | undefined;
    for (const [place, { first, events }] of groups.entries()) {
      const outcome = outcomes[place] as PromiseSettledResult<readonly PublishedEvent[]>;
      if (outcome.status === 'fulfilled') {
        accepted.push(...outcome.value.map((event, i) => ({ index: first + i, event })));
      } else {
        const reason = inCallersWords(outcome.reason, (index) => `events[${first + index}]`);
        firstReason ??= reason;
        const error = asEverhookError(reason);
        failed.push(...events.map(({ idempotencyKey }, i) => ({ index: first + i, idempotencyKey, error })));
      }
    }
    if (failed.length === 0) return accepted.map(({ event }) => event);
    if (accepted.length === 0) throw firstReason;
    throw new PublishError(accepted, failed);
  }
}

/** An event with its labels as an object. */
const eventOf = ({ labels, ...event }: EventFieldsFragment): Event => ({
  ...event,
  labels: Object.fromEntries(labels.map(({ key, value }) => [key, value])),
});

const isList = (input: EventToPublish | readonly EventToPublish[]): input is readonly EventToPublish[] =>
  Array.isArray(input);

interface Group {
  /** The first event's index in the caller's list. */
  readonly first: number;
  readonly events: EventText[];
}

function groupsOf(texts: readonly EventText[], room: number): Group[] {
  const groups: Group[] = [];
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    const last = groups.at(-1);
    bytes += text.bytes + 1;
    if (last && last.events.length < maxEvents && bytes - 1 <= room) last.events.push(text);
    else {
      groups.push({ first: index, events: [text] });
      bytes = text.bytes + 1;
    }
  }
  return groups;
}

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
