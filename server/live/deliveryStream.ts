import type { Logger } from 'pino';
import { ApiError, invalid } from '../errors.ts';
import type { SharedPlaces } from '../places.ts';
import { type Change, type ChangeReader, pageSize, startOf } from './changes.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { OrganizationFeed } from './organizationFeed.ts';
import { type Selection, Subscription, selects } from './subscription.ts';

/** The latest state of a delivery that changed. */
export interface LiveDelivery extends Omit<Change, 'changedAt'> {
  /** Subscribing again after it misses nothing; what is told a second time has the version it had. */
  readonly cursor: string;
}

export interface DeliveriesRequest extends Selection {
  readonly organizationId: string;
  /** The cursor of the last delivery received; absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

/** Batches of changes in the order in which they were found, for one reader. */
export interface DeliverySubscription extends AsyncIterableIterator<LiveDelivery[]> {
  /** Resolves when every change committed from then on will be told; rejects as the first batch would. */
  readonly ready: Promise<void>;
}

/** What a subscription needs of the feed. */
export interface Membership {
  readonly reader: ChangeReader;
  readonly log: Logger;
  readonly pendingLimit: number;
  readonly places: SharedPlaces;
  join(organizationId: string, subscription: Subscription): OrganizationFeed;
  leave(feed: OrganizationFeed, subscription: Subscription): void;
}

const oldestCursorMs = 7 * 24 * 3_600_000;
/** Once the backlog is read up to this long ago, what came since is little enough to read while already listening. */
const nearEnoughMs = 10_000;

const tooOld = () =>
  invalid(
    'after',
    'This cursor is older than 7 days. List the deliveries to catch up, and subscribe without a cursor.',
  );

const databaseAway = () =>
  new ApiError(
    'UNAVAILABLE',
    'The database does not answer. Subscribe again after the last cursor received.',
    undefined,
    1,
  );

/** Ids come from clients in any case; hints and rows have them in lower case. */
const lowerCase = ({ organizationId, projectId, webhookId }: DeliveriesRequest) => ({
  organizationId: organizationId.toLowerCase(),
  projectId: projectId?.toLowerCase(),
  webhookId: webhookId?.toLowerCase(),
});

/** Begins a subscription at once, before its first batch is asked for: nothing that happens in between is missed. */
export function subscribe(wanted: DeliveriesRequest, membership: Membership): DeliverySubscription {
  const request = { ...wanted, ...lowerCase(wanted) };
  const { organizationId, after, signal } = request;
  const { reader, log } = membership;
  const from = after === undefined ? undefined : readCursor(organizationId, after);
  const subscription = new Subscription(request, membership.pendingLimit, membership.places);
  let feed: OrganizationFeed | undefined;

  function end(): void {
    subscription.end();
    signal.removeEventListener('abort', end);
    if (feed !== undefined) membership.leave(feed, subscription);
  }

  async function attach(): Promise<OrganizationFeed> {
    feed = membership.join(organizationId, subscription);
    await feed.ready;
    return feed;
  }

  async function checkAge(since: number): Promise<void> {
    const { now } = await reader.watermark();
    if (since < now - oldestCursorMs) throw tooOld();
  }

  function failure(error: unknown): Error {
    if (error instanceof ApiError) return error;
    log.warn({ err: error, organizationId }, 'a live subscription ended: the database could not be read');
    return databaseAway();
  }

  /** The changes with their cursors: a client that got only some of a batch goes on from before it. */
  function stamp(changes: readonly Change[], before: number, afterwards: number): LiveDelivery[] {
    const early = writeCursor(organizationId, before);
    const last = writeCursor(organizationId, afterwards);
    return changes.map(({ changedAt: _, ...change }, index) => ({
      ...change,
      cursor: index === changes.length - 1 ? last : early,
    }));
  }

  /** What changed from a time on and before another, at the client's pace. The other is passed: nothing can appear behind. */
  async function* between(since: number, complete: number): AsyncGenerator<LiveDelivery[]> {
    let position = startOf(since);
    for (;;) {
      const page = await reader.after(organizationId, position, complete);
      const last = page.at(-1);
      if (last === undefined || !subscription.isWanted()) return;
      const selected = page.filter((change) => selects(request, change));
      if (selected.length > 0) yield stamp(selected, position.time, last.changedAt);
      if (page.length < pageSize) return;
      position = { time: last.changedAt, id: last.deliveryId };
    }
  }

  /** What changed from a time on until now, while new changes are offered already. @returns all that was read */
  async function* sinceThen(since: number): AsyncGenerator<LiveDelivery[], Map<string, Change>> {
    const seen = new Map<string, Change>();
    let position = startOf(since);
    for (;;) {
      const page = await reader.after(organizationId, position);
      if (!subscription.isWanted()) return seen;
      for (const change of page) seen.set(change.deliveryId, change);
      const selected = page.filter((change) => selects(request, change));
      // Here changes may still appear behind those read, so the cursor stays where it is.
      if (selected.length > 0) yield stamp(selected, since, since);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return seen;
      position = { time: last.changedAt, id: last.deliveryId };
    }
  }

  /** No backlog is too long: it is read first, and offers are taken only once what is left is little. */
  async function* backlog(since: number): AsyncGenerator<LiveDelivery[], number> {
    let time = since;
    for (;;) {
      const began = performance.now();
      const { complete } = await reader.watermark();
      if (complete > time) yield* between(time, complete);
      time = complete;
      if (!subscription.isWanted() || performance.now() - began < nearEnoughMs) return time;
    }
  }

  async function* batches(): AsyncGenerator<LiveDelivery[]> {
    try {
      await beginning;
      let time = from === undefined ? undefined : yield* backlog(from);
      if (!subscription.isWanted()) return;
      const live = feed ?? (await attach());
      const seen = time === undefined ? new Map<string, Change>() : yield* sinceThen(time);
      time ??= live.floor;
      for (;;) {
        await subscription.filled();
        if (!subscription.isWanted()) return;
        // From here to the floor nothing may wait: the floor stands for what has been offered by now.
        const offered = subscription.take();
        const floor = Math.max(time, live.floor);
        const news = offered.filter(({ deliveryId, version }) => version > (seen.get(deliveryId)?.version ?? 0));
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

  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const begin = from === undefined ? attach : () => checkAge(from);
  const beginning = subscription.isWanted() ? begin() : Promise.resolve();
  const ready = beginning.then(
    () => {},
    (error) => {
      throw failure(error);
    },
  );
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
