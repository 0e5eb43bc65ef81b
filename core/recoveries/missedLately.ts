import type { Pool } from 'pg';
import { firstId } from '../ground/idTime.ts';
import { countWindow, maxCounted } from './recoverable.ts';

/** Events that a webhook missed since it was last stopped, and that no recovery has sent. */
export interface MissedLately {
  readonly count: number;
  /** When the first of them was published; null for none. */
  readonly since: Date | null;
  /** Whether counting stopped early: there are so many or more. */
  readonly isAtLeast: boolean;
}

interface Stop {
  readonly id: string;
  readonly organization_id: string;
  readonly project_id: string | null;
  readonly since: Date;
}

/** Stops that have ended count for so long. */
const rememberedMs = 7 * 86_400_000;
/** Counting the events of all webhooks of one call takes at most so long. */
const maxMs = 1_500;

/** Since when webhooks are stopped, or were within the last days. Those that were not are left out. */
const stops = `
  SELECT w.id, w.organization_id, w.project_id, least(off.since, disabled.since) AS since
    FROM webhook w
    LEFT JOIN webhook_state s ON s.webhook_id = w.id,
         LATERAL (SELECT CASE WHEN NOT w.active THEN coalesce(w.deactivated_at, w.updated_at, w.created_at)
                              WHEN w.deactivated_at > $2 THEN w.deactivated_at END AS since) AS off,
         LATERAL (SELECT CASE WHEN s.health = 'DISABLED' THEN (
                                SELECT max(c.at) FROM health_change c WHERE c.webhook_id = w.id AND c."to" = 'DISABLED')
                              ELSE (
                                SELECT min(c.at) FROM health_change c
                                 WHERE c.webhook_id = w.id AND c."to" = 'DISABLED' AND c.at > $2) END AS since) AS disabled
   WHERE w.id = ANY ($1::uuid[]) AND w.deleted_at IS NULL AND least(off.since, disabled.since) IS NOT NULL
   ORDER BY w.id`;

/**
 * Counts what many webhooks missed, by the statements of a recovery. The caller checks who may see them.
 *
 * @returns one for each webhook that was stopped lately
 */
export async function countMissedLately(
  pool: Pick<Pool, 'query'>,
  ids: readonly string[],
): Promise<{ id: string; value: MissedLately }[]> {
  const now = Date.now();
  const { rows } = await pool.query<Stop>({
    name: 'webhook_stops',
    text: stops,
    values: [[...ids], new Date(now - rememberedMs)],
  });
  const beganAt = performance.now();
  const counted: { id: string; value: MissedLately }[] = [];
  for (const stop of rows) counted.push({ id: stop.id, value: await countOf(pool, stop, beganAt) });
  return counted;
}

async function countOf(pool: Pick<Pool, 'query'>, stop: Stop, beganAt: number): Promise<MissedLately> {
  const selection = {
    organizationId: stop.organization_id,
    projectId: stop.project_id,
    webhookId: stop.id,
    since: stop.since,
    until: new Date(),
    include: ['MISSED'] as const,
    filter: {},
  };
  let count = 0;
  let since: Date | null = null;
  for (let after = firstId; ; ) {
    if (count >= maxCounted || performance.now() - beganAt > maxMs) return { count, since, isAtLeast: true };
    const window = await countWindow(pool, selection, after);
    if (!window) return { count, since, isAtLeast: false };
    count += window.count;
    if (since === null && window.first !== null) since = await publishedAt(pool, window.first);
    if (!window.more || window.last === null) return { count, since, isAtLeast: false };
    after = window.last;
  }
}

async function publishedAt(pool: Pick<Pool, 'query'>, eventId: string): Promise<Date | null> {
  const { rows } = await pool.query<{ at: Date }>('SELECT created_at AS at FROM event WHERE id = $1', [eventId]);
  return rows[0]?.at ?? null;
}
