import type { Pool } from 'pg';
import type { IssueRef } from './provider.ts';

/** How long after its time a report is taken for forgotten: longer than a workflow ever lets one wait of itself. Milliseconds. */
const forgottenAfterMs = 30_000;
/** Longest that providers redeliver is days; what is older needs no telling from a copy. */
const keptDays = 30;
const mostAtOnce = 5_000;

/**
 * Finds issues whose reports no workflow looks after, because the process that took them died first.
 *
 * Where the tracker is being left alone, a workflow waits in peace: what is reported meanwhile is answered by its next fetch.
 */
export async function sweepIssues(pool: Pool): Promise<IssueRef[]> {
  const { rows } = await pool.query<{ project_id: string; provider: IssueRef['provider']; external_id: string }>(
    `SELECT project_id, provider, external_id
       FROM (SELECT DISTINCT project_id, provider, external_id FROM inbound_event
              WHERE pending AND due_at < now() - $1 * interval '1 millisecond') overdue
      WHERE NOT EXISTS (SELECT 1 FROM inbound_event w
                         WHERE w.pending AND w.due_at > now()
                           AND (w.project_id, w.provider, w.external_id) = (overdue.project_id, overdue.provider, overdue.external_id))
        AND NOT EXISTS (SELECT 1 FROM issue_integration i
                         WHERE i.project_id = overdue.project_id AND i.provider = overdue.provider AND i.paused_until > now())
      LIMIT $2`,
    [forgottenAfterMs, mostAtOnce],
  );
  return rows.map((row) => ({ projectId: row.project_id, provider: row.provider, externalId: row.external_id }));
}

/** Takes away inbound events that are answered and too old to come again. @returns how many */
export async function expireInboundEvents(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM inbound_event WHERE ctid IN
       (SELECT ctid FROM inbound_event WHERE received_at < now() - $1 * interval '1 day' AND NOT pending LIMIT $2)`,
    [keptDays, mostAtOnce],
  );
  return rowCount ?? 0;
}
