import type { Pool } from 'pg';
import { drain } from '../ground/drain.ts';
import { firstId, firstIdOf, idSlackMs, timeOfId } from '../ground/idTime.ts';
import { unlabelDeliveries, unlabelEvents } from '../labels/labelRows.ts';
import { pgTransaction } from '../store/pgTransaction.ts';
import { pruneTemplates } from './requestTemplate.ts';

/** Rows that one statement looks at. */
const batchSize = 2_000;
/** A walk that took more than one call begins again after so many milliseconds at the earliest. */
const againAfterMs = 3_600_000;

/** The smallest id (UUIDv7, RFC 9562 section 5.7) of a time. */
export const firstIdAt = (time: Date): string => firstIdOf(time.getTime());

/**
 * Deletes what has ended and is older than the retention time: deliveries with their attempts and labels, then events
 * without deliveries, with their labels.
 * Waiting deliveries stay at any age, and so do the events of younger replays. These tables have no foreign keys, so this file
 * keeps the order. Request templates that only deleted attempts can have used are deleted, too.
 *
 * It walks over the old part of the log, and each call goes on where the one before stopped: a tenant may have millions of old rows
 * that stay, and whoever begins with them again each time never gets to the others. What ends behind it is found by a later walk.
 *
 * @param keptMs - retention time in milliseconds
 * @param atMostMs - of this many milliseconds deliveries and events have half each, or what the other leaves. No batch but the
 * first of each begins after that; the next call continues
 * @returns the numbers of deleted deliveries and events
 */
export async function pruneLog(
  pool: Pool,
  keptMs: number,
  atMostMs: number,
): Promise<{ deliveries: number; events: number }> {
  const before = firstIdOf(Date.now() - keptMs);
  // Known before anything is deleted: from then on, an older event without a delivery does not count as missed.
  await pool.query({ name: 'log_horizon', text: horizonStatement, values: [before] });
  const beganAt = performance.now();
  const gone = { deliveries: 0, events: 0 };
  try {
    gone.deliveries = await walk(pool, 'deliveries', before, atMostMs / 2);
  } finally {
    gone.events = await walk(pool, 'events', before, atMostMs - Math.min(performance.now() - beganAt, atMostMs / 2));
  }
  await pool.query(pruneTemplates, [new Date(Date.now() - keptMs)]);
  return gone;
}

interface Places {
  readonly deliveriesPlace: string | null;
  readonly place: string | null;
  readonly beganAt: Date | null;
}

/** @returns how many rows were deleted */
async function walk(pool: Pool, what: 'deliveries' | 'events', before: string, atMostMs: number): Promise<number> {
  const { rows } = await pool.query<Places>(
    `SELECT deliveries_place AS "deliveriesPlace", ${what}_place AS place, ${what}_began_at AS "beganAt" FROM log_horizon`,
  );
  const { deliveriesPlace, ...stored } = rows[0] as Places;
  // An event is looked at after its deliveries: it would only be found by a later walk.
  const end = what === 'deliveries' || deliveriesPlace === null ? before : lower(before, eventsBefore(deliveriesPlace));
  let place = stored.place ?? firstId;
  let deleted = 0;
  let ended = false;
  const batch = async () => {
    const { read, last, count } = await prune[what](pool, place, end);
    place = last ?? place;
    deleted += count;
    ended = read < batchSize;
    return read;
  };
  try {
    await drain(batch, batchSize, atMostMs);
  } finally {
    // A short walk is repeated by each call. A long one goes on behind its end for a while, with what has become old meanwhile.
    const again = ended && (stored.beganAt === null || Date.now() - stored.beganAt.getTime() > againAfterMs);
    await pool.query(
      `UPDATE log_horizon SET ${what}_place = $1, ${what}_began_at = $2`,
      again ? [null, null] : [place, stored.beganAt ?? new Date()],
    );
  }
  return deleted;
}

const lower = (a: string, b: string): string => (a < b ? a : b);

/** Below the ids of all events that may have deliveries behind this one, besides replays. */
const eventsBefore = (deliveryId: string): string => firstIdOf(timeOfId(deliveryId) - idSlackMs);

const horizonStatement = `
INSERT INTO log_horizon AS h (before) VALUES ($1)
ON CONFLICT ("only") DO UPDATE SET before = excluded.before WHERE h.before < excluded.before`;

interface Batch {
  readonly read: number;
  /** The last that was read; null for none. */
  readonly last: string | null;
  /** How many were deleted. */
  readonly count: number;
}

const deliveriesStatement = `
WITH read AS MATERIALIZED (
  SELECT id, status FROM delivery WHERE id > $1 AND id < $2 ORDER BY id LIMIT ${batchSize}
),
old AS (
  SELECT d.id FROM read JOIN delivery d ON d.id = read.id
   WHERE read.status IN ('DELIVERED', 'FAILED', 'CANCELLED') AND d.status IN ('DELIVERED', 'FAILED', 'CANCELLED')
     FOR UPDATE OF d SKIP LOCKED
),
gone AS (DELETE FROM delivery d USING old WHERE d.id = old.id RETURNING d.id, d.event_id),
labels AS (${unlabelDeliveries}),
attempts AS (DELETE FROM attempt a USING gone WHERE a.delivery_id = gone.id)
SELECT (SELECT count(*) FROM read)::int AS read, (SELECT id FROM read ORDER BY id DESC LIMIT 1) AS last,
       (SELECT count(*) FROM gone)::int AS count`;

/** Locks events without deliveries, besides those that a replay has locked. */
const eventsStatement = `
WITH read AS MATERIALIZED (
  SELECT id FROM event WHERE id > $1 AND id < $2 ORDER BY id LIMIT ${batchSize}
),
old AS (
  SELECT e.id FROM read JOIN event e ON e.id = read.id
   WHERE NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id)
     FOR UPDATE OF e SKIP LOCKED
)
SELECT (SELECT count(*) FROM read)::int AS read, (SELECT id FROM read ORDER BY id DESC LIMIT 1) AS last,
       ARRAY(SELECT id FROM old) AS old`;

const lockedStatement = `
WITH gone AS (
  DELETE FROM event e WHERE e.id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id)
  RETURNING e.id, e.organization_id, e.type, e.labels
),
labels AS (${unlabelEvents})
SELECT count(*)::int AS count FROM gone`;

const prune = {
  async deliveries(pool: Pool, place: string, end: string): Promise<Batch> {
    const { rows } = await pool.query<Batch>({
      name: 'prune_deliveries',
      text: deliveriesStatement,
      values: [place, end],
    });
    return rows[0] as Batch;
  },

  events: (pool: Pool, place: string, end: string): Promise<Batch> =>
    pgTransaction(pool, async (transaction) => {
      const found = await transaction.query<{ read: number; last: string | null; old: string[] }>({
        name: 'prune_events',
        text: eventsStatement,
        values: [place, end],
      });
      const [{ read, last, old }] = found.rows as [{ read: number; last: string | null; old: string[] }];
      if (old.length === 0) return { read, last, count: 0 };
      // A replay may have ended since that statement began, whose delivery it did not see. Another one sees it, and while the events are
      // locked none is added.
      const { rows } = await transaction.query<{ count: number }>({
        name: 'prune_locked_events',
        text: lockedStatement,
        values: [old],
      });
      return { read, last, count: rows[0]?.count ?? 0 };
    }),
};
