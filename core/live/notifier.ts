import type pg from 'pg';
import type { Logger } from 'pino';
import { channel, encodeHints, type Topic } from './hint.ts';

/** Notifies the live feeds of all processes of committed changes. */
export interface Notifier {
  /**
   * Call it after the commit. It returns at once and never throws: the feeds find a late or lost change by their own catch-up
   * within seconds.
   */
  changed(organizationId: string, ids: readonly string[], topic?: Topic): void;
  /** Sends the changes that still wait. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  /** How long changes are gathered before they are sent, in milliseconds. @default 25 */
  readonly gatherMs?: number;
  /** Most ids kept; beyond, the hint for the organization with the most is sent without ids. @default 10,000 */
  readonly maxIds?: number;
  /** Most organizations kept; beyond, one hint makes all feeds poll. @default 2,000 */
  readonly maxOrganizations?: number;
}

/** Changes of one topic that wait to be sent. */
class Waiting {
  /** Null in place of ids: too many to name. Null in place of the map: too many organizations to name. */
  changes: Map<string, Set<string> | null> | null = new Map();
  #idCount = 0;

  add(organizationId: string, ids: readonly string[], idLimit: number, organizationLimit: number): void {
    if (this.changes === null) return;
    let known = this.changes.get(organizationId);
    if (known === null) return;
    if (known === undefined) {
      if (this.changes.size >= organizationLimit) {
        this.changes = null;
        return;
      }
      known = new Set();
      this.changes.set(organizationId, known);
    }
    const before = known.size;
    for (const id of ids) known.add(id);
    this.#idCount += known.size - before;
    if (this.#idCount > idLimit) this.#forgetLargest();
  }

  /** Drops the ids of the organization with the most changes, even if another came last. */
  #forgetLargest(): void {
    let largest: [organizationId: string, count: number] = ['', 0];
    for (const [id, ids] of this.changes ?? []) if (ids && ids.size > largest[1]) largest = [id, ids.size];
    this.#idCount -= largest[1];
    this.changes?.set(largest[0], null);
  }
}

/**
 * Gathers changes for a moment and sends them by one statement, outside the transactions of the work itself: NOTIFY locks
 * the whole database at commit, and the ingest must never wait for that. At most one statement is under way.
 *
 * @param pool - any pool of the database; one of its connections is used for a moment at a time
 */
export function createNotifier(pool: pg.Pool, log: Logger, options: NotifierOptions = {}): Notifier {
  const { gatherMs = 25, maxIds: idLimit = 10_000, maxOrganizations: organizationLimit = 2_000 } = options;
  let waiting = new Map<Topic, Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let failing = false;

  async function send(): Promise<void> {
    const taken = waiting;
    waiting = new Map();
    try {
      const payloads = [...taken].flatMap(([topic, { changes }]) => encodeHints(topic, changes));
      await pool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [channel, payloads]);
      failing = false;
    } catch (error) {
      // Not sent again: the feeds' catch-up reads these changes from the table.
      if (!failing)
        log.warn({ err: error }, 'live subscribers could not be notified of changes; they see them seconds later');
      failing = true;
    }
  }

  function schedule(): void {
    if (timer !== undefined || sending !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      sending = send().finally(() => {
        sending = undefined;
        if (waiting.size > 0) schedule();
      });
    }, gatherMs);
  }

  return {
    changed(organizationId, ids, topic = 'delivery') {
      if (ids.length === 0) return;
      let kept = waiting.get(topic);
      if (kept === undefined) {
        kept = new Waiting();
        waiting.set(topic, kept);
      }
      kept.add(organizationId, ids, idLimit, organizationLimit);
      schedule();
    },
    async close() {
      await sending;
      clearTimeout(timer);
      timer = undefined;
      if (waiting.size > 0) await send();
    },
  };
}
