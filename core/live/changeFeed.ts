import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { SharedQuota } from '../fairness/quota.ts';
import { ApiError } from '../ground/errors.ts';
import { type Change, type ChangeSource, createChangeReader, type Scope } from './changeSource.ts';
import { type ChangeSubscription, type ChangesRequest, changeStream, type Membership } from './changeStream.ts';
import { writeCursor } from './cursor.ts';
import { decodeIds, type Hint, type Topic } from './hint.ts';
import { ScopeFeed } from './scopeFeed.ts';
import { Subscription } from './subscription.ts';

/** What changes of one kind of thing, as it changes, for the subscribers of this process. */
export interface ChangeFeed<C extends Change> {
  /**
   * The latest state of everything in a scope that changes, at least once; never the same version twice in one subscription;
   * states in between may be left out. Who may see what is for the caller to decide, again for each change.
   *
   * @throws ApiError VALIDATION_FAILED, field `after`, at once or from the iterator, for a cursor that is unknown or too old;
   *   UNAVAILABLE from the iterator when the subscriber is too slow, PostgreSQL is away as it begins, or the process ends:
   *   then subscribing again after the last cursor goes on without loss
   */
  changes(request: ChangesRequest<C>): ChangeSubscription<C>;
  /** The cursor of now: for a client that must not miss what happens before its first change arrives. */
  cursor(scopeId: string): Promise<string>;
  close(): Promise<void>;
}

/** Hears the hints of a topic. What is not told is not heard: whoever must miss nothing looks for itself now and then. */
export interface HintSubscriber {
  onHint(hint: Hint): void;
  /** Listening from now on: what was told before, or while the connection was lost, was not heard. */
  onListening(): void;
}

/** The process's one connection that listens. */
export interface Hints {
  /** @returns stops hearing */
  subscribe(topic: Topic, ear: HintSubscriber): () => void;
}

export interface ChangeFeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** How often the table is asked for what was not told, in milliseconds. @default 5,000 */
  readonly catchUpMs?: number;
  /** Margin below the oldest running transaction, in milliseconds. @default 2,000 */
  readonly overlapMs?: number;
  /** Most things a subscriber may leave waiting. @default 10,000 */
  readonly maxPendingEach?: number;
  /** Most that all subscribers together may, one organization's three quarters of it. @default 500,000 */
  readonly maxPendingTotal?: number;
  /** Most connections of the pool that reading takes at a time. @default 2 */
  readonly maxConnections?: number;
  /** Cursors of longer ago are refused, in milliseconds. @default none is */
  readonly maxCursorAgeMs?: number;
}

/** Changes that wait for slow readers, some 100 bytes each. */
const mostPending = 500_000;
/** Soonest that a hint without ids has the table read. */
const hintedCatchUpMs = 250;

const closing = () =>
  new ApiError('UNAVAILABLE', 'This process is ending. Subscribe again after the last cursor received.', undefined, 1);

export function createChangeFeed<C extends Change>(
  source: ChangeSource<C>,
  hints: Hints,
  options: ChangeFeedOptions,
): ChangeFeed<C> {
  const { pool, log, catchUpMs = 5_000, maxPendingEach: pendingLimit = 10_000 } = options;
  const reader = createChangeReader(pool, source, options.overlapMs ?? 2_000, options.maxConnections ?? 2);
  const places = new SharedQuota(options.maxPendingTotal ?? mostPending);
  const feeds = new Map<string, ScopeFeed<C>>();
  const ofOrganization = new Map<string, Set<ScopeFeed<C>>>();
  let nextCatchUp: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  let catchingUp: Promise<void> | undefined;
  let stopHearing: (() => void) | undefined;
  let closed = false;

  function scheduleCatchUp(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (closed || feeds.size === 0 || (nextCatchUp !== undefined && nextCatchUp.at <= at)) return;
    clearTimeout(nextCatchUp?.timer);
    const timer = setTimeout(() => {
      nextCatchUp = undefined;
      // After one that is under way, which may have read too early.
      catchingUp = (catchingUp ?? Promise.resolve()).then(catchUp).finally(() => scheduleCatchUp(catchUpMs));
    }, delayMs);
    nextCatchUp = { at, timer };
  }

  /** Finds what hints did not tell, and moves every scope's floor on. */
  async function catchUp(): Promise<void> {
    try {
      // One that begins does not know its floor yet: all of its changes would seem to be missing.
      const followed = [...feeds.values()];
      await Promise.allSettled(followed.map(({ ready }) => ready));
      const { complete } = await reader.watermark();
      const changed = await reader.changedSince(new Map(followed.map((feed) => [feed.scope.id, feed.floor])));
      for (const feed of followed) {
        if (changed.has(feed.scope.id)) feed.catchUp(complete);
        else feed.raiseFloor(complete);
      }
    } catch (error) {
      log.warn({ err: error }, 'live subscribers could not catch up with the database; trying again');
    }
  }

  const ear: HintSubscriber = {
    onHint({ organizationId, encodedIds }) {
      const concerned = organizationId === null ? undefined : ofOrganization.get(organizationId);
      if (organizationId !== null && concerned === undefined) return;
      if (concerned === undefined || encodedIds === null) return scheduleCatchUp(hintedCatchUpMs);
      const ids = decodeIds(encodedIds);
      for (const feed of concerned) feed.hint(ids);
    },
    onListening: () => scheduleCatchUp(0),
  };

  function follow(scope: Scope): ScopeFeed<C> {
    const feed = new ScopeFeed(scope, reader, log);
    feeds.set(scope.id, feed);
    ofOrganization.set(scope.organizationId, (ofOrganization.get(scope.organizationId) ?? new Set()).add(feed));
    // One that could not begin is no use to the next subscriber.
    feed.ready.catch(() => forget(feed));
    return feed;
  }

  function forget(feed: ScopeFeed<C>): void {
    const { id, organizationId } = feed.scope;
    if (feeds.get(id) !== feed) return;
    feeds.delete(id);
    const others = ofOrganization.get(organizationId);
    others?.delete(feed);
    if (others?.size === 0) ofOrganization.delete(organizationId);
    if (feeds.size > 0) return;
    stopHearing?.();
    stopHearing = undefined;
  }

  function join(scope: Scope, subscription: Subscription<C>): ScopeFeed<C> {
    if (closed) throw closing();
    const feed = feeds.get(scope.id) ?? follow(scope);
    feed.audience.add(subscription);
    stopHearing ??= hints.subscribe(source.topic, ear);
    scheduleCatchUp(catchUpMs);
    return feed;
  }

  const leave: Membership<C>['leave'] = (feed, subscription) => {
    feed.audience.delete(subscription);
    if (feed.audience.size === 0) forget(feed);
  };

  return {
    changes(request) {
      if (closed) throw closing();
      const { scope, selects } = request;
      const { organizationId } = scope;
      const subscription = new Subscription(
        { organizationId, things: source.names.many, selects },
        pendingLimit,
        places,
      );
      return changeStream(request, subscription, {
        source,
        reader,
        log,
        oldestCursorMs: options.maxCursorAgeMs ?? Number.POSITIVE_INFINITY,
        join: () => join(scope, subscription),
        leave,
      });
    },

    async cursor(scopeId) {
      return writeCursor(scopeId, (await reader.watermark()).complete);
    },

    async close() {
      closed = true;
      clearTimeout(nextCatchUp?.timer);
      stopHearing?.();
      for (const { audience } of feeds.values()) for (const each of audience) each.end(closing());
      await catchingUp;
    },
  };
}
