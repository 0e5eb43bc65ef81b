import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ApiError, invalid } from '../errors.ts';
import { createChangeReader, startOf } from '../live/changes.ts';
import { readCursor, writeCursor } from '../live/cursor.ts';
import type { LiveFeed } from '../live/liveFeed.ts';
import { notNow } from '../notNow.ts';
import { SharedPlaces } from '../places.ts';
import { changesAtOnce, issuesChangedSince } from './issueChanges.ts';
import { IssueSubscriber, ProjectFeed } from './projectFeed.ts';

/** An issue that changed. */
export interface LiveIssue {
  readonly issueId: string;
  readonly version: number;
  /** Subscribing again after it misses nothing; what is told a second time has the version it had. */
  readonly cursor: string;
}

/** Batches of changes for one reader. */
export interface IssueChanges extends AsyncIterableIterator<LiveIssue[]> {
  /** Resolves when every change committed from then on will be told, to the cursor of that moment. */
  readonly ready: Promise<string>;
}

export interface IssueFeed {
  /**
   * The issues of a project that change: each at least once, states in between may be left out. Who may see them is for the
   * caller to decide, again for each.
   *
   * @param request.after - the cursor of the last change received; absent: from now on. The table holds what is, and not what
   *   was, so that no cursor is too old
   * @throws ApiError VALIDATION_FAILED, field `after`; UNAVAILABLE from the iterator when the subscriber is too slow or the
   *   process ends: then subscribing again after the last cursor goes on without loss
   */
  changes(request: {
    organizationId: string;
    projectId: string;
    after?: string | undefined;
    signal: AbortSignal;
  }): IssueChanges;
  close(): Promise<void>;
}

const pendingLimit = 10_000;
/** Changes that wait for slow readers, of all subscribers together. */
const pendingOfAll = 500_000;
const overlapMs = 2_000;
const connections = 2;

export function createIssueFeed(parts: {
  pool: Pool;
  log: Logger;
  liveFeed: Pick<LiveFeed, 'hear'>;
  /** How often the table is asked for what was not told, in milliseconds. @default 5,000 */
  catchUpMs?: number;
  /** Most issues a subscriber may leave waiting. @default 10,000 */
  pendingLimit?: number;
}): IssueFeed {
  const { pool, log, liveFeed, catchUpMs = 5_000 } = parts;
  const reader = createChangeReader(pool, overlapMs, connections);
  const places = new SharedPlaces(pendingOfAll);
  const projects = new Map<string, ProjectFeed>();
  let catchUp: NodeJS.Timeout | undefined;
  let stopHearing: (() => void) | undefined;
  let closed = false;

  const look = (feed: ProjectFeed) =>
    feed.look().catch((error) => log.warn({ err: error }, 'changed issues could not be read; trying again soon'));
  const lookEverywhere = () => {
    for (const feed of projects.values()) void look(feed);
  };

  function join(projectId: string, subscriber: IssueSubscriber): ProjectFeed {
    let feed = projects.get(projectId);
    if (feed === undefined) {
      const made = new ProjectFeed(pool, reader, projectId);
      made.ready.catch(() => projects.get(projectId) === made && projects.delete(projectId));
      projects.set(projectId, made);
      feed = made;
    }
    feed.audience.add(subscriber);
    // A hint names organizations and issues, not projects, and is cheap to follow where nothing is found.
    stopHearing ??= liveFeed.hear('issue', { onHint: lookEverywhere, onListening: lookEverywhere });
    catchUp ??= setInterval(lookEverywhere, catchUpMs).unref();
    return feed;
  }

  function leave(projectId: string, feed: ProjectFeed, subscriber: IssueSubscriber): void {
    feed.audience.delete(subscriber);
    if (feed.audience.size > 0) return;
    if (projects.get(projectId) === feed) projects.delete(projectId);
    if (projects.size > 0) return;
    clearInterval(catchUp);
    catchUp = undefined;
    stopHearing?.();
    stopHearing = undefined;
  }

  return {
    changes({ organizationId, projectId, after, signal }) {
      if (closed) throw closing();
      const since = after === undefined ? null : positionOf(projectId, after);
      const subscriber = new IssueSubscriber(parts.pendingLimit ?? pendingLimit, organizationId, places);
      const feed = join(projectId, subscriber);
      const end = () => {
        subscriber.end();
        leave(projectId, feed, subscriber);
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const ready = feed.ready.then(
        () => after ?? writeCursor(projectId, feed.floor),
        (error) => {
          throw failure(error);
        },
      );
      // A caller that waits for the first batch alone is told there.
      ready.catch(() => {});

      async function* batches(): AsyncGenerator<LiveIssue[]> {
        try {
          await ready;
          if (since !== null) {
            let position = startOf(since);
            for (;;) {
              const page = await issuesChangedSince(pool, projectId, position);
              // Earlier changes may still appear behind these, so the cursor stays where it is.
              const cursor = writeCursor(projectId, since);
              if (page.length > 0) yield page.map(({ issueId, version }) => ({ issueId, version, cursor }));
              const last = page.at(-1);
              if (last === undefined || page.length < changesAtOnce || subscriber.isOver) break;
              position = { time: last.changedAt, id: last.issueId };
            }
          }
          for (let taken = await subscriber.take(); taken !== null; taken = await subscriber.take()) {
            yield taken.map(({ change: { issueId, version }, floor }) => ({
              issueId,
              version,
              cursor: writeCursor(projectId, floor),
            }));
          }
        } catch (error) {
          throw failure(error);
        } finally {
          end();
        }
      }

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
    },

    async close() {
      closed = true;
      clearInterval(catchUp);
      stopHearing?.();
      for (const { audience } of projects.values()) for (const each of audience) each.end(closing());
    },
  };
}

const closing = () =>
  new ApiError('UNAVAILABLE', 'This process is ending. Subscribe again after the last cursor received.', undefined, 1);

const failure = (error: unknown) =>
  notNow(error)
    ? new ApiError('UNAVAILABLE', 'The database is away. Subscribe again after the last cursor received.', undefined, 1)
    : error;

function positionOf(projectId: string, after: string): number {
  try {
    return readCursor(projectId, after);
  } catch {
    throw invalid(
      'after',
      'This is not a cursor of this project’s issues. Pass the cursor of the last change received, or none to start now.',
    );
  }
}
