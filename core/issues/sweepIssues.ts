import type { Pool } from 'pg';
import { drain } from '../ground/drain.ts';
import type { OwnedIssue } from './provider.ts';

/** A report this long overdue counts as forgotten: no workflow lets one wait that long. Milliseconds. */
const forgottenAfterMs = 30_000;
/** Providers redeliver for some days at most; older events need no duplicate check. */
const retentionDays = 30;
const batchSize = 5_000;

/**
 * Finds issues whose reports no workflow handles, because the process that received them died first.
 *
 * An issue is skipped while its tracker is paused: a workflow waits for the end of the pause, and its next fetch handles all
 * reports of that time. Organizations take turns, so that one with more issues than a sweep takes leaves others theirs.
 */
export async function sweepIssues(pool: Pool): Promise<OwnedIssue[]> {
  const { rows } = await pool.query<OwnedIssue>(
    `SELECT organization_id AS "organizationId", project_id AS "projectId", provider, external_id AS "externalId"
       FROM (SELECT *, row_number() OVER (PARTITION BY organization_id ORDER BY random()) AS turn
               FROM (SELECT DISTINCT organization_id, project_id, provider, external_id FROM inbound_event
                      WHERE pending AND due_at < now() - $1 * interval '1 millisecond') overdue
              WHERE NOT EXISTS (SELECT 1 FROM inbound_event w
                                 WHERE w.pending AND w.due_at > now()
                                   AND (w.project_id, w.provider, w.external_id) = (overdue.project_id, overdue.provider, overdue.external_id))
                AND NOT EXISTS (SELECT 1 FROM issue_integration i
                                 WHERE i.project_id = overdue.project_id AND i.provider = overdue.provider AND i.paused_until > now())
            ) forgotten
      ORDER BY turn, random()
      LIMIT $2`,
    [forgottenAfterMs, batchSize],
  );
  return rows;
}

/**
 * Deletes handled inbound events that are too old to come again.
 *
 * @param atMostMs - no batch but the first begins after so many milliseconds; the next call continues
 * @returns how many
 */
export function expireInboundEvents(pool: Pool, atMostMs: number): Promise<number> {
  const batch = async () => {
    const { rowCount } = await pool.query(
      `DELETE FROM inbound_event WHERE ctid IN
         (SELECT ctid FROM inbound_event WHERE received_at < now() - $1 * interval '1 day' AND NOT pending LIMIT $2)`,
      [retentionDays, batchSize],
    );
    return rowCount ?? 0;
  };
  return drain(batch, batchSize, atMostMs);
}
