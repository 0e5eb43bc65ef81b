import type { Logger } from 'pino';
import { ApiError, invalid } from '../ground/errors.ts';
import { type Change, type ChangeReader, type ChangeSource, pageSize, type Scope, startOf } from './changeSource.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ScopeFeed } from './scopeFeed.ts';
import type { Subscription } from './subscription.ts';

/** The latest state of something that changed, and the reader's position after it. */
export type LiveChange<C extends Change> = Omit<C, 'changedAt'> & {
  /** Subscribing again after it misses nothing; a change that comes a second time has the same version. */
  readonly cursor: string;
};

export interface ChangesRequest<C extends Change> {
  readonly scope: Scope;
  /** Whether the subscriber wants a change, by its latest state; absent: all changes. */
  readonly selects?: (change: C) => boolean;
  /** The cursor of the last change received; absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

/** Batches of changes for one reader, in the order in which they were found. */
export interface ChangeSubscription<C extends Change> extends AsyncIterableIterator<LiveChange<C>[]> {
  /**
   * Resolves, with the cursor of that moment, when every change committed from then on will come. Rejects as the first batch
   * would.
   */
  readonly ready: Promise<string>;
}

/** What a subscription needs from its feed. */
export interface Membership<C extends Change> {
  readonly source: ChangeSource<C>;
  readonly reader: ChangeReader<C>;
  readonly log: Logger;
  /** Older cursors are refused, in milliseconds. */
  readonly maxCursorAgeMs: number;
  join(subscription: Subscription<C>): ScopeFeed<C>;
  leave(feed: ScopeFeed<C>, subscription: Subscription<C>): void;
}

const dayMs = 24 * 3_600_000;
/** Once the backlog is read up to this long ago, the rest is small enough to be read while the subscription listens. */
const nearEnoughMs = 10_000;

const databaseAway = () =>
  new ApiError(
    'UNAVAILABLE',
    'The database does not answer. Subscribe again after the last cursor received.',
    undefined,
    1,
  );

/** Begins a subscription at once, before the first batch is requested, so that no change in between is missed. */
export function changeStream<C extends Change>(
  { scope, after, signal }: ChangesRequest<C>,
  subscription: Subscription<C>,
  membership: Membership<C>,
): ChangeSubscription<C> {
  const { reader, log, source, maxCursorAgeMs } = membership;
  const from = after === undefined ? undefined : readCursor(scope.id, after, source.names);
  let feed: ScopeFeed<C> | undefined;

  function end(): void {
    subscription.end();
    signal.removeEventListener('abort', end);
    if (feed !== undefined) membership.leave(feed, subscription);
  }

  async function attach(): Promise<ScopeFeed<C>> {
    feed = membership.join(subscription);
    await feed.ready;
    return feed;
  }

  async function checkAge(since: number): Promise<void> {
    if (maxCursorAgeMs === Number.POSITIVE_INFINITY) return;
    const { now } = await reader.watermark();
    if (since >= now - maxCursorAgeMs) return;
    const { many } = source.names;
    throw invalid(
      'after',
      `This cursor is older than ${maxCursorAgeMs / dayMs} days. List the ${many} to catch up, and subscribe without a cursor.`,
    );
  }

  function failure(error: unknown): Error {
    if (error instanceof ApiError) return error;
    log.warn({ err: error, scope }, 'a live subscription ended: the database could not be read');
    return databaseAway();
  }

  /** Adds cursors to changes: a client that received only a part of a batch continues from before the batch. */
  function stamp(changes: readonly C[], before: number, afterwards: number): LiveChange<C>[] {
    const early = writeCursor(scope.id, before);
    const last = writeCursor(scope.id, afterwards);
    return changes.map(({ changedAt: _, ...change }, index) => ({
      ...change,
      cursor: index === changes.length - 1 ? last : early,
    }));
  }

  const selected = (page: readonly C[]) => page.filter((change) => subscription.selects(change));

  /** Changes from one time until before another, at the client's pace. No change can still appear before the second time. */
  async function* between(since: number, complete: number): AsyncGenerator<LiveChange<C>[]> {
    let position = startOf(since);
    for (;;) {
      const page = await reader.after(scope, position, complete);
      const last = page.at(-1);
      if (last === undefined || !subscription.isWanted()) return;
      const wanted = selected(page);
      if (wanted.length > 0) yield stamp(wanted, position.time, last.changedAt);
      if (page.length < pageSize) return;
      position = { time: last.changedAt, id: last.id };
    }
  }

  /** Changes from a time on until now, while new changes are offered already. @returns all that were read */
  async function* sinceThen(since: number): AsyncGenerator<LiveChange<C>[], Map<string, C>> {
    const seen = new Map<string, C>();
    let position = startOf(since);
    for (;;) {
      const page = await reader.after(scope, position);
      if (!subscription.isWanted()) return seen;
      for (const change of page) seen.set(change.id, change);
      const wanted = selected(page);
      // Earlier changes may still appear here, so the cursor stays where it is.
      if (wanted.length > 0) yield stamp(wanted, since, since);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return seen;
      position = { time: last.changedAt, id: last.id };
    }
  }

  /** Reads a backlog of any length first. The subscription listens only once little of it is left. */
  async function* backlog(since: number): AsyncGenerator<LiveChange<C>[], number> {
    let time = since;
    for (;;) {
      const began = performance.now();
      const { complete } = await reader.watermark();
      if (complete > time) yield* between(time, complete);
      time = complete;
      if (!subscription.isWanted() || performance.now() - began < nearEnoughMs) return time;
    }
  }

  async function* batches(): AsyncGenerator<LiveChange<C>[]> {
    try {
      await beginning;
      let time = from === undefined ? undefined : yield* backlog(from);
      if (!subscription.isWanted()) return;
      const live = feed ?? (await attach());
      const seen = time === undefined ? new Map<string, C>() : yield* sinceThen(time);
      time ??= live.floor;
      for (;;) {
        await subscription.filled();
        if (!subscription.isWanted()) return;
        // No await between this and the floor: the floor must describe exactly the changes offered by now.
        const offered = subscription.take();
        const floor = Math.max(time, live.floor);
        const news = offered.filter(({ id, version }) => version > (seen.get(id)?.version ?? 0));
        if (news.length > 0) yield stamp(news, time, floor);
        time = floor;
        // Changes before the floor are not offered again.
        for (const [id, { changedAt }] of seen) if (changedAt < floor) seen.delete(id);
      }
    } catch (error) {
      throw failure(error);
    } finally {
      end();
    }
  }

  /** @returns the cursor from which the subscription misses nothing */
  async function begin(): Promise<string> {
    if (after === undefined || from === undefined) return writeCursor(scope.id, (await attach()).floor);
    await checkAge(from);
    return after;
  }

  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const beginning = subscription.isWanted() ? begin() : Promise.resolve('');
  const ready = beginning.catch((error) => {
    throw failure(error);
  });
  // A caller that does not wait for `ready` gets the error with the first batch.
  ready.catch(() => {});
  const iterator = batches();

  return {
    ready,
    next: () => iterator.next(),
    return() {
      // A generator that waits inside `next` does not return before that wait ends.
      end();
      return iterator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
