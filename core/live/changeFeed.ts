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

/** Changes of one kind of thing, as they happen, for the subscribers of this process. */
export interface ChangeFeed<C extends Change> {
  /**
   * The latest state of everything that changes in a scope, at least once. One subscription never gets the same version twice;
   * intermediate states may be skipped. The caller decides, for each change, whether the subscriber may see it.
   *
   * @throws ApiError VALIDATION_FAILED, field `after`, at once or from the iterator, for a cursor that is unknown or too old;
   *   UNAVAILABLE from the iterator when the subscriber is too slow, PostgreSQL is away at the start, or the process ends:
   *   subscribing again after the last cursor then continues without loss
   */
  changes(request: ChangesRequest<C>): ChangeSubscription<C>;
  /** The cursor of now, for a client that must not miss anything before its first change arrives. */
  cursor(scopeId: string): Promise<string>;
  close(): Promise<void>;
}

/** Receives the hints of a topic. A hint can get lost: a subscriber that must miss nothing polls the table as well. */
export interface HintSubscriber {
  onHint(hint: Hint): void;
  /** The connection listens from now on. Hints sent before, or while the connection was lost, were missed. */
  onListening(): void;
}

/** The process's only LISTEN connection. */
export interface Hints {
  /** Subscribes to the hints of a topic. @returns unsubscribe */
  subscribe(topic: Topic, subscriber: HintSubscriber): () => void;
}

export interface ChangeFeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** How often the table is polled for changes without a hint, in milliseconds. @default 5,000 */
  readonly catchUpMs?: number;
  /** Margin below the oldest running transaction, in milliseconds. @default 2,000 */
  readonly overlapMs?: number;
  /** Most changes that may wait for one subscriber. @default 10,000 */
  readonly maxPendingEach?: number;
  /** Most changes that may wait for all subscribers together; for one organization's, three quarters of it. @default 500,000 */
  readonly maxPendingTotal?: number;
  /** Most connections of the pool that reads use at a time. @default 2 */
  readonly maxConnections?: number;
  /** Older cursors are refused, in milliseconds. @default no limit */
  readonly maxCursorAgeMs?: number;
}

/** Changes that wait for slow readers, about 100 bytes each. */
const maxPending = 500_000;
/** Shortest delay between a hint without ids and the read that it causes. */
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
  const pendingQuota = new SharedQuota(options.maxPendingTotal ?? maxPending);
  const feeds = new Map<string, ScopeFeed<C>>();
  const ofOrganization = new Map<string, Set<ScopeFeed<C>>>();
  let nextCatchUp: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  let catchingUp: Promise<void> | undefined;
  let unsubscribe: (() => void) | undefined;
  let closed = false;

  function scheduleCatchUp(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (closed || feeds.size === 0 || (nextCatchUp !== undefined && nextCatchUp.at <= at)) return;
    clearTimeout(nextCatchUp?.timer);
    const timer = setTimeout(() => {
      nextCatchUp = undefined;
      // A catch-up that is under way may have read too early: this one comes after it.
      catchingUp = (catchingUp ?? Promise.resolve()).then(catchUp).finally(() => scheduleCatchUp(catchUpMs));
    }, delayMs);
    nextCatchUp = { at, timer };
  }

  /** Finds changes without a hint, and raises every scope's floor. */
  async function catchUp(): Promise<void> {
    try {
      // A feed that is starting has no floor yet: all of its changes would seem to be missing.
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

  const subscriber: HintSubscriber = {
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
    // A feed that failed to start must not serve the next subscriber.
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
    unsubscribe?.();
    unsubscribe = undefined;
  }

  function join(scope: Scope, subscription: Subscription<C>): ScopeFeed<C> {
    if (closed) throw closing();
    const feed = feeds.get(scope.id) ?? follow(scope);
    feed.audience.add(subscription);
    unsubscribe ??= hints.subscribe(source.topic, subscriber);
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
        pendingQuota,
      );
      return changeStream(request, subscription, {
        source,
        reader,
        log,
        maxCursorAgeMs: options.maxCursorAgeMs ?? Number.POSITIVE_INFINITY,
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
      unsubscribe?.();
      for (const { audience } of feeds.values()) for (const each of audience) each.end(closing());
      await catchingUp;
    },
  };
}
