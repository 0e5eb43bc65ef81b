import { aboutField, EverhookError } from '../errors.ts';
import { PublishEventsDocument, type PublishEventsMutation } from '../generated/operations.ts';
import { exchange } from '../http/connection.ts';
import { withRetries } from '../http/retry.ts';
import type { Transport } from '../http/transport.ts';
import { AdaptiveLimit, type Permit } from './adaptiveLimit.ts';
import { bytesOf, type EventText } from './eventText.ts';

/** An accepted event: it is committed, and will be delivered. */
export type PublishedEvent = PublishEventsMutation['publishEvents']['events'][number];

/** The scope of published events: a project, or a whole organization. Without either, the key's own. */
export interface PublishScope {
  readonly projectId?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** Events that are accepted together, or not at all. */
interface Group {
  readonly events: readonly EventText[];
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  /** Whether it must have a request of its own, because a shared one was refused. */
  alone: boolean;
  settle(outcome: readonly PublishedEvent[] | Error): void;
}

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
   * @param events - at most 100, and together no longer than fits.
   * @returns the accepted events in the order of the input.
   */
  publish(
    wrapping: Wrapping,
    events: readonly EventText[],
    signal: AbortSignal | undefined,
  ): Promise<readonly PublishedEvent[]> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const abort = () => group.settle(signal?.reason);
      const group: Group = {
        events,
        bytes: lengthOf(events),
        signal,
        alone: false,
        settle: (outcome) => {
          signal?.removeEventListener('abort', abort);
          if (Array.isArray(outcome)) resolve(outcome);
          else reject(outcome);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#append(wrapping, [group]);
    });
  }

  #append(wrapping: Wrapping, groups: readonly Group[]): void {
    const waiting = this.#waiting.get(wrapping.before);
    if (waiting) waiting.groups.push(...groups);
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
      if (events.length === texts.length) return events;
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
    const at = refused ? indexIn(error.field) : null;
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

const lengthOf = (events: readonly EventText[]): number => events.reduce((sum, { bytes }) => sum + bytes + 1, 0);

/** As many of the first groups as fit into one request, without those whose callers gave up. */
function takeBatch(waiting: Group[], room: number): Group[] {
  const batch: Group[] = [];
  const keys = new Set<string>();
  let events = 0;
  let bytes = 0;
  while (waiting.length > 0) {
    const group = waiting[0] as Group;
    if (group.signal?.aborted) {
      waiting.shift();
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
    waiting.shift();
  }
  return batch;
}

/** Ends the request when nobody waits for it any more. @returns a function that stops watching */
function abortWithAll(batch: readonly Group[], ending: AbortController): () => void {
  let interested = batch.length;
  const leave = () => {
    if (--interested === 0) ending.abort();
  };
  for (const { signal } of batch) signal?.addEventListener('abort', leave, { once: true });
  return () => {
    for (const { signal } of batch) signal?.removeEventListener('abort', leave);
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
