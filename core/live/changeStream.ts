import type { Logger } from 'pino';
import { ApiError, invalid } from '../ground/errors.ts';
import { type Change, type ChangeReader, type ChangeSource, pageSize, type Scope, startOf } from './changeSource.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { ScopeFeed } from './scopeFeed.ts';
import type { Subscription } from './subscription.ts';

/** The latest state of something that changed, and where its reader is then. */
export type LiveChange<C extends Change> = Omit<C, 'changedAt'> & {
  /** Subscribing again after it misses nothing; what comes a second time has the version it had. */
  readonly cursor: string;
};

export interface ChangesRequest<C extends Change> {
  readonly scope: Scope;
  /** Whether a change is asked for, by its latest state; absent: all are. */
  readonly selects?: (change: C) => boolean;
  /** The cursor of the last change received; absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

/** Batches of changes in the order in which they were found, for one reader. */
export interface ChangeSubscription<C extends Change> extends AsyncIterableIterator<LiveChange<C>[]> {
  /**
   * Resolves when every change committed from then on will come, with the cursor of that moment; rejects as the first batch
   * would.
   */
  readonly ready: Promise<string>;
}

/** What a subscription needs of the feed. */
export interface Membership<C extends Change> {
  readonly source: ChangeSource<C>;
  readonly reader: ChangeReader<C>;
  readonly log: Logger;
  /** Cursors of longer ago are refused, in milliseconds. */
  readonly oldestCursorMs: number;
  join(subscription: Subscription<C>): ScopeFeed<C>;
  leave(feed: ScopeFeed<C>, subscription: Subscription<C>): void;
}

const dayMs = 24 * 3_600_000;
/** Once the backlog is read up to this long ago, what came since is little enough to read while already listening. */
const nearEnoughMs = 10_000;

const databaseAway = () =>
  new ApiError(
    'UNAVAILABLE',
    'The database does not answer. Subscribe again after the last cursor received.',
    undefined,
    1,
  );

/** Begins a subscription at once, before its first batch is asked for: nothing that happens in between is missed. */
export function changeStream<C extends Change>(
  { scope, after, signal }: ChangesRequest<C>,
  subscription: Subscription<C>,
  membership: Membership<C>,
): ChangeSubscription<C> {
  const { reader, log, source, oldestCursorMs } = membership;
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
    if (oldestCursorMs === Number.POSITIVE_INFINITY) return;
    const { now } = await reader.watermark();
    if (since >= now - oldestCursorMs) return;
    const { many } = source.names;
    throw invalid(
      'after',
      `This cursor is older than ${oldestCursorMs / dayMs} days. List the ${many} to catch up, and subscribe without a cursor.`,
    );
  }

  function failure(error: unknown): Error {
    if (error instanceof ApiError) return error;
    log.warn({ err: error, scope }, 'a live subscription ended: the database could not be read');
    return databaseAway();
  }

  /** The changes with their cursors: a client that got only some of a batch goes on from before it. */
  function stamp(changes: readonly C[], before: number, afterwards: number): LiveChange<C>[] {
    const early = writeCursor(scope.id, before);
    const last = writeCursor(scope.id, afterwards);
    return changes.map(({ changedAt: _, ...change }, index) => ({
      ...change,
      cursor: index === changes.length - 1 ? last : early,
    }));
  }

  const selected = (page: readonly C[]) => page.filter((change) => subscription.selects(change));

  /** What changed from a time on and before another, at the client's pace. The other is passed: nothing can appear behind. */
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

  /** What changed from a time on until now, while new changes are offered already. @returns all that was read */
  async function* sinceThen(since: number): AsyncGenerator<LiveChange<C>[], Map<string, C>> {
    const seen = new Map<string, C>();
    let position = startOf(since);
    for (;;) {
      const page = await reader.after(scope, position);
      if (!subscription.isWanted()) return seen;
      for (const change of page) seen.set(change.id, change);
      const wanted = selected(page);
      // Here changes may still appear behind those read, so the cursor stays where it is.
      if (wanted.length > 0) yield stamp(wanted, since, since);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return seen;
      position = { time: last.changedAt, id: last.id };
    }
  }

  /** No backlog is too long: it is read first, and offers are taken only once what is left is little. */
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
        // From here to the floor nothing may wait: the floor stands for what has been offered by now.
        const offered = subscription.take();
        const floor = Math.max(time, live.floor);
        const news = offered.filter(({ id, version }) => version > (seen.get(id)?.version ?? 0));
        if (news.length > 0) yield stamp(news, time, floor);
        time = floor;
        // What lies before the floor is not offered again.
        for (const [id, { changedAt }] of seen) if (changedAt < floor) seen.delete(id);
      }
    } catch (error) {
      throw failure(error);
    } finally {
      end();
    }
  }

  /** @returns the cursor from which on the subscription misses nothing */
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
  // A caller that waits for the first batch alone is told there.
  ready.catch(() => {});
  const iterator = batches();

  return {
    ready,
    next: () => iterator.next(),
    return() {
      // A generator that waits inside `next` would not return before that ends.
      end();
      return iterator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
