import type { Pool } from 'pg';
import type { WebhookHealth } from '../store/prisma/enums.ts';

/** Recent requests to an inbound webhook, and their outcomes. */
export interface InboundActivity {
  /** Never DISABLED: a tracker's reports are accepted, however many of them failed. */
  readonly health: Exclude<WebhookHealth, 'DISABLED'>;
  /** Reports in a row that failed, since the last that succeeded. */
  readonly consecutiveFailures: number;
  readonly lastReceivedAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
}

/** How many of the latest reports are looked at: a bounded read from the log's index, however long the log is. */
const maxReports = 1_000;
/** The same number as for outbound webhooks. */
const degradedAt = 5;

/** @param since - when the webhook was created: its predecessor's requests do not count */
export type InboundActivityOf = (projectId: string, since: Date) => Promise<InboundActivity>;

export const createInboundActivity =
  (pool: Pool): InboundActivityOf =>
  async (projectId, since) => {
    const { rows } = await pool.query<{
      received: Date | null;
      success: Date | null;
      failure: Date | null;
      failures: number;
    }>({
      name: 'inbound_activity',
      text: `
        WITH latest AS (
          SELECT status, created_at, completed_at FROM delivery
           WHERE project_id = $1 AND direction = 'INBOUND' ORDER BY id DESC LIMIT ${maxReports}
        ),
        own AS (SELECT * FROM latest WHERE created_at >= $2),
        ended AS (SELECT max(completed_at) AS success FROM own WHERE status = 'DELIVERED')
        SELECT max(created_at) AS received, max(ended.success) AS success,
               max(completed_at) FILTER (WHERE status = 'FAILED') AS failure,
               (count(*) FILTER (WHERE status = 'FAILED' AND completed_at > coalesce(ended.success, '-infinity')))::int AS failures
          FROM own, ended`,
      values: [projectId, since],
    });
    const { received = null, success = null, failure = null, failures = 0 } = rows[0] ?? {};
    return {
      health: failures >= degradedAt ? 'DEGRADED' : 'HEALTHY',
      consecutiveFailures: failures,
      lastReceivedAt: received,
      lastSuccessAt: success,
      lastFailureAt: failure,
    };
  };
