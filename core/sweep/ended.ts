import type { Pool } from 'pg';
import { allOf } from '../ground/allOf.ts';
import { drain } from '../ground/drain.ts';

/** How long people still see what has ended, in days. A key longer: its owner sees who still comes with it. */
export const endedDays = { portalLink: 7, apiKey: 30, webhook: 7 } as const;

/** What is told of a deleted webhook besides its deliveries, its recoveries and changes of health, goes with it after so many days. */
const toldDays = 30;

/** Rows of one statement. Sessions go with their keys, of which each has a few; of each webhook it looks what refers to it. */
const batchSizes = { portalLink: 5_000, apiKey: 500, webhook: 500 } as const;

const since = (days: number) => `now() - interval '${days} days'`;

const portalLinks = `
  DELETE FROM portal_link WHERE id = ANY (ARRAY(
    SELECT id FROM portal_link WHERE least(revoked_at, expires_at) < ${since(endedDays.portalLink)}
      ORDER BY least(revoked_at, expires_at) LIMIT ${batchSizes.portalLink} FOR UPDATE SKIP LOCKED))`;

/** The operator's stay: one that is given again is valid again. */
const apiKeys = `
  DELETE FROM api_key WHERE id = ANY (ARRAY(
    SELECT id FROM api_key
      WHERE least(revoked_at, expires_at) < ${since(endedDays.apiKey)} AND organization_id IS NOT NULL
      ORDER BY least(revoked_at, expires_at) LIMIT ${batchSizes.apiKey} FOR UPDATE SKIP LOCKED))`;

/** Deleted webhooks, and listeners that ended. One that something still shows is noted, and looked at again as much later. */
const webhooks = `
  WITH looked AS MATERIALIZED (
    SELECT id FROM webhook WHERE deleted_at IS NOT NULL AND coalesce(kept_at, deleted_at) < ${since(endedDays.webhook)}
     ORDER BY coalesce(kept_at, deleted_at) LIMIT ${batchSizes.webhook} FOR UPDATE SKIP LOCKED
  ),
  shown AS MATERIALIZED (
    SELECT id FROM looked l
     WHERE EXISTS (SELECT FROM delivery WHERE webhook_id = l.id)
        OR EXISTS (SELECT FROM recovery WHERE webhook_id = l.id AND changed_at >= ${since(toldDays)})
        OR EXISTS (SELECT FROM health_change WHERE webhook_id = l.id AND at >= ${since(toldDays)})
  ),
  kept AS (UPDATE webhook SET kept_at = now() WHERE id = ANY (ARRAY(SELECT id FROM shown))),
  gone AS (
    DELETE FROM webhook WHERE id = ANY (ARRAY(SELECT id FROM looked EXCEPT SELECT id FROM shown)) RETURNING 1
  )
  SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM gone) AS gone`;

/**
 * Deletes portal links, API keys and webhooks that ended a while ago (see {@link endedDays}): a tenant may make and end any number of
 * them. The audit log keeps their names. A webhook stays as long as the delivery log shows it, or a recovery or a change of its health of the last days.
 *
 * @param atMostMs - no batch but the first of each begins after so many milliseconds; the next call continues
 * @returns how many
 */
export async function forgetEnded(pool: Pool, atMostMs: number): Promise<number> {
  const all = (statement: string, size: number) =>
    drain(async () => (await pool.query(statement)).rowCount ?? 0, size, atMostMs);
  let goneWebhooks = 0;
  const lookAtWebhooks = async () => {
    const { rows } = await pool.query<{ looked: number; gone: number }>(webhooks);
    goneWebhooks += rows[0]?.gone ?? 0;
    return rows[0]?.looked ?? 0;
  };
  const [links, keys] = await allOf([
    all(portalLinks, batchSizes.portalLink),
    all(apiKeys, batchSizes.apiKey),
    drain(lookAtWebhooks, batchSizes.webhook, atMostMs),
  ]);
  return (links ?? 0) + (keys ?? 0) + goneWebhooks;
}
