import { aboutField, EverhookError } from '../errors.ts';
import { PublishEventsDocument, type PublishEventsMutation } from '../generated/operations.ts';
import { exchange } from '../http/connection.ts';
import { withRetries } from '../http/retry.ts';
import type { Transport } from '../http/transport.ts';
import { addTimes, type WithTimes } from '../times.ts';
import { AdaptiveLimit, type Permit } from './adaptiveLimit.ts';
import { bytesOf, type EventText } from './eventText.ts';

/** An accepted event: it is committed, and will be delivered. */
export type PublishedEvent = WithTimes<PublishEventsMutation['publishEvents']['events'][number]>;

/** The scope of published events: a project, or a whole organization. Without either, the key's own. */
export interface PublishScope {
  readonly projectId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** Events that are accepted together, or not at all. */
interface Group {
  readonly events: readonly EventText[];
  readonly bytes: number;
  readonly caller: Caller;
  /** Whether it must have a request of its own, because a shared one was refused. */
  alone: boolean;
  settle(outcome: Outcome): void;
}

/** Who waits for groups, perhaps of many requests: one listener of a signal, however many they are, because Node warns of more than 10. */
interface Caller {
  aborted: boolean;
  /** Called when it aborts, by the requests under way. */
  readonly leaving: Set<() => void>;
}

/** What became of a group. */
export type Outcome = readonly PublishedEvent[] | Error;

/** Maximum number of events in one request. */
export const maxEvents = 100;
/** Maximum size of a body that the server accepts, in bytes. */
const maxBytes = 1024 * 1024 - 1;

const query = JSON.stringify(PublishEventsDocument.toString());

/** The parts of a request around its events. */
export interface Wrapping {
  readonly before: string;
  readonly after: string;
  /** Room for the events and the commas between them, in bytes. */
  readonly room: number;
}

export function wrappingOf({ projectId, organizationId }: PublishScope): Wrapping {
  const named = [
    ...(projectId === undefined ? [] : [`"projectId":${JSON.stringify(projectId)},`]),
    ...(organizationId === undefined ? [] : [`"organizationId":${JSON.stringify(organizationId)},`]),
  ].join('');
  const before = `{"query":${query},"variables":{"input":{${named}"events":[`;
  const after = ']}}}';
  return { before, after, room: maxBytes - bytesOf(before) - after.length };
}

/** Codes of requests whose content the server refused, and of which it stored nothing. */
const refusals = new Set(['VALIDATION_FAILED', 'CONFLICT', 'LIMIT_EXCEEDED']);

/**
 * Events that wait to be published. While few requests are under way, an event is sent at once; when the server is busy, waiting
 * events are gathered and sent together. So a single event has the lowest latency, and a flood the fewest requests.
 */
export class PublishQueue {
  readonly #transport: Transport;
  readonly #limit: AdaptiveLimit;
  /** By scope, in order of arrival; scopes take turns. */
  readonly #waiting = new Map<string, { readonly wrapping: Wrapping; readonly groups: Group[] }>();
  #flushing = false;

  constructor(transport: Transport, concurrency: number) {
    this.#transport = transport;
    this.#limit = new AdaptiveLimit(concurrency);
  }

  /**
   * Events that are accepted together, or not at all.
   *
   * @param events - at most 100, and together no longer than fits.
   * @returns the accepted events in the order of the input.
   */
  async publish(
    wrapping: Wrapping,
    events: readonly EventText[],
    signal: AbortSignal | undefined,
  ): Promise<readonly PublishedEvent[]> {
    const [outcome] = await this.#transport.call(() => this.#enqueue(wrapping, [events], signal));
    // An error of the caller's own function for the key may be anything.
    if (!Array.isArray(outcome)) throw outcome;
    return outcome;
  }

  /** Events each of which stands for itself. @returns by event, a list with the accepted one, or the error */
  publishEach(
    wrapping: Wrapping,
    events: readonly EventText[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Outcome[]> {
    const lists = events.map((event) => [event]);
    return this.#transport.call(() => this.#enqueue(wrapping, lists, signal));
  }

  /** One promise and one listener for a call, however many events it has. */
  #enqueue(
    wrapping: Wrapping,
    lists: readonly (readonly EventText[])[],
    signal: AbortSignal | undefined,
  ): Promise<Outcome[]> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (lists.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const outcomes = new Array<Outcome>(lists.length);
      let open = lists.length;
      const caller: Caller = { aborted: false, leaving: new Set() };
      const abort = () => {
        caller.aborted = true;
        for (const leave of caller.leaving) leave();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const groups = lists.map((events, place): Group => {
        const settle = (outcome: Outcome) => {
          outcomes[place] = outcome;
          if (--open > 0) return;
          signal?.removeEventListener('abort', abort);
          resolve(outcomes);
        };
        return { events, bytes: lengthOf(events), caller, alone: false, settle };
      });
      this.#append(wrapping, groups);
    });
  }

  #append(wrapping: Wrapping, groups: readonly Group[]): void {
    const waiting = this.#waiting.get(wrapping.before);
    if (waiting) for (const group of groups) waiting.groups.push(group);
    else this.#waiting.set(wrapping.before, { wrapping, groups: [...groups] });
    this.#flushSoon();
  }

  /** Sends after the caller's own tick, so that events published in one go share a request. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const [key, waiting] of this.#waiting) {
      const permit = this.#limit.acquire();
      if (!permit) return;
      this.#waiting.delete(key);
      const batch = takeBatch(waiting.groups, waiting.wrapping.room);
      // Setting the scope again moves it behind the others; this loop reaches it there once more.
      if (waiting.groups.length > 0) this.#waiting.set(key, waiting);
      if (batch.length === 0) this.#limit.release();
      else void this.#send(waiting.wrapping, batch, permit);
    }
  }

  async #send(wrapping: Wrapping, batch: readonly Group[], permit: Permit): Promise<void> {
    const ending = new AbortController();
    const unwatch = abortWithAll(batch, ending);
    try {
      const events = await this.#request(wrapping, batch, permit, ending.signal);
      this.#limit.succeeded();
      let next = 0;
      for (const group of batch) {
        group.settle(events.slice(next, next + group.events.length));
        next += group.events.length;
      }
    } catch (error) {
      this.#refused(wrapping, batch, error as Error);
    } finally {
      unwatch();
      this.#limit.release();
      this.#flushSoon();
    }
  }

  #request(
    { before, after }: Wrapping,
    batch: readonly Group[],
    permit: Permit,
    signal: AbortSignal,
  ): Promise<readonly PublishedEvent[]> {
    const texts = batch.flatMap(({ events }) => events.map(({ text }) => text));
    const body = `${before}${texts.join(',')}${after}`;
    const attempt = async () => {
      const data = (await exchange(this.#transport.http, body, signal)) as PublishEventsMutation;
      const { events } = data.publishEvents;
      if (events.length === texts.length) return addTimes(events);
      throw new EverhookError('INTERNAL', 'The server returned a different number of events than it was sent.');
    };
    return withRetries(attempt, {
      retries: this.#transport.retries,
      repeatable: 'always',
      signal,
      onRetry: ({ code }) => {
        if (code === 'RATE_LIMITED' || code === 'UNAVAILABLE') this.#limit.overloaded(permit);
      },
    });
  }

  /** When a shared request is refused, only the caller at fault gets the error; the others' events are sent again. */
  #refused(wrapping: Wrapping, batch: readonly Group[], error: Error): void {
    const refused = error instanceof EverhookError && refusals.has(error.code);
    const named = refused ? indexIn(error.field) : null;
    // An index that no event of this request has names none.
    const at = named !== null && named < batch.reduce((sum, { events }) => sum + events.length, 0) ? named : null;
    let next = 0;
    const again: Group[] = [];
    for (const group of batch) {
      const first = next;
      next += group.events.length;
      const atFault = at !== null && at >= first && at < next;
      if (!refused || batch.length === 1 || atFault)
        group.settle(atFault ? inGroup(error as EverhookError, first) : error);
      else {
        // Where the error does not name the event at fault, each group gets a request of its own.
        group.alone ||= at === null;
        again.push(group);
      }
    }
    if (again.length > 0) this.#append(wrapping, again);
  }
}

/** Of the events' texts with a comma after each, in bytes. */
export const lengthOf = (events: readonly EventText[]): number => events.reduce((sum, { bytes }) => sum + bytes + 1, 0);

/** As many of the first groups as fit into one request, without those whose callers gave up. */
function takeBatch(waiting: Group[], room: number): Group[] {
  const batch: Group[] = [];
  const keys = new Set<string>();
  let events = 0;
  let bytes = 0;
  let looked = 0;
  for (const group of waiting) {
    if (group.caller.aborted) {
      looked++;
      continue;
    }
    events += group.events.length;
    bytes += group.bytes;
    const fits =
      batch.length === 0 ||
      (events <= maxEvents &&
        // The last event has no comma after it.
        bytes - 1 <= room &&
        !group.alone &&
        !batch[0]?.alone &&
        // The same key twice in one request may come from two callers that publish the same event: one must follow the other.
        !group.events.some(({ idempotencyKey }) => keys.has(idempotencyKey)));
    if (!fits) break;
    for (const { idempotencyKey } of group.events) keys.add(idempotencyKey);
    batch.push(group);
    looked++;
  }
  // At once: taking groups one by one from the front of a long list would cost its length each time.
  waiting.splice(0, looked);
  return batch;
}

/** Ends the request when nobody waits for it any more. @returns a function that stops watching */
function abortWithAll(batch: readonly Group[], ending: AbortController): () => void {
  const callers = new Set(batch.map(({ caller }) => caller));
  let interested = callers.size;
  const leave = () => {
    if (--interested === 0) ending.abort();
  };
  for (const { leaving } of callers) leaving.add(leave);
  return () => {
    for (const { leaving } of callers) leaving.delete(leave);
  };
}

const eventField = /^input\.events\[(\d+)\]/;

const indexIn = (field: string | undefined): number | null => {
  const match = field === undefined ? null : eventField.exec(field);
  return match ? Number(match[1]) : null;
};

/** The same error, with the index counted within one group. */
function inGroup(error: EverhookError, first: number): EverhookError {
  const own = error.field?.replace(eventField, (_, index: string) => `input.events[${Number(index) - first}]`);
  return aboutField(error, own);
}
