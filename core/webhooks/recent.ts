/** How the newest deliveries of a webhook stand. */
export interface RecentDeliveries {
  /** Of so many that were attempted, at most {@link recentShown}. */
  readonly attempted: number;
  /** So many stand as failed: given up, or waiting for their next attempt. */
  readonly failed: number;
}

export const recentShown = 100;
/** Rows that are read for that: tests, and what waits for its first attempt, are passed over. */
const maxRead = 1_000;

/** SQL: the newest deliveries of webhooks, by `delivery_webhook_id_id_idx`. The caller checks who may see them. */
export const recentDeliveries = `
  SELECT w.id, json_build_object('attempted', r.attempted, 'failed', r.failed) AS value
    FROM unnest($1::uuid[]) AS w(id),
         LATERAL (
           SELECT count(*)::int AS attempted, (count(*) FILTER (WHERE status <> 'DELIVERED'))::int AS failed
             FROM (SELECT status
                     FROM (SELECT status, is_test FROM delivery WHERE webhook_id = w.id ORDER BY id DESC LIMIT ${maxRead}) AS newest
                    WHERE NOT is_test AND status IN ('DELIVERED', 'FAILED', 'RETRYING')
                    LIMIT ${recentShown}) AS counted
         ) AS r`;
