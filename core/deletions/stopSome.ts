import type { PoolClient } from 'pg';
import type { DeletionScope } from './batch.ts';

/** How long requests under way, and processes that died with some, are waited for. Milliseconds. */
const patienceMs = 60_000;
const pollMs = 250;

export interface Stopped {
  /** Deliveries that were cancelled. */
  readonly cancelled: readonly string[];
  /** Their webhooks, whose workflows are to end. */
  readonly webhookIds: readonly string[];
  /** Whether nothing waits, and nothing is under way any more. */
  readonly done: boolean;
  readonly restMs?: number;
}

/** Cancels some of what waits. Its webhooks are stopped, so nothing that was cancelled here is followed by more. */
export async function stopSome(
  transaction: PoolClient,
  deletionId: string,
  { organizationId, projectId }: DeletionScope,
  size: number,
): Promise<Stopped> {
  const scope =
    projectId === null
      ? 'w.organization_id = $1::uuid AND $2::uuid IS NULL'
      : 'w.project_id = $2::uuid AND $1::uuid IS NOT NULL';
  // One of many webhooks would not notice otherwise. An organization's own goes on without a project that is deleted.
  await transaction.query(
    `UPDATE recovery SET state = 'CANCELLED', reason = $3, finished_at = clock_timestamp(), changed_at = clock_timestamp(),
            version = version + 1
      WHERE organization_id = $1 AND state = 'RUNNING' AND ($2::uuid IS NULL OR project_id = $2)`,
    [organizationId, projectId, reasonOf(projectId)],
  );
  const { rows } = await transaction.query<{ id: string; webhook_id: string }>(
    `WITH waiting AS (
       SELECT d.id FROM webhook w JOIN delivery d ON d.webhook_id = w.id
        WHERE ${scope} AND d.leased_by IS NULL AND d.status IN ('PENDING', 'RETRYING')
        LIMIT $3
          FOR UPDATE OF d SKIP LOCKED
     )
     UPDATE delivery d SET status = 'CANCELLED', status_reason = $4, cancelled_by = 'WEBHOOK_DELETED', next_attempt_at = NULL, completed_at = clock_timestamp(),
            version = version + 1, changed_at = clock_timestamp()
       FROM waiting WHERE d.id = waiting.id
     RETURNING d.id, d.webhook_id`,
    [organizationId, projectId, size, reasonOf(projectId)],
  );
  const cancelled = rows.map(({ id }) => id);
  const webhookIds = [...new Set(rows.map((row) => row.webhook_id))];
  if (rows.length > 0) {
    await transaction.query('UPDATE deletion SET changed_at = clock_timestamp() WHERE id = $1', [deletionId]);
    return { cancelled, webhookIds, done: false };
  }
  const { rows: open } = await transaction.query<{ open: boolean }>(
    `UPDATE deletion SET changed_at = clock_timestamp() WHERE id = $3
     RETURNING created_at > clock_timestamp() - $4 * interval '1 millisecond'
           AND EXISTS (SELECT FROM delivery d JOIN webhook w ON w.id = d.webhook_id
                        WHERE d.leased_by IS NOT NULL AND d.organization_id = $1::uuid AND ${scope}) AS open`,
    [organizationId, projectId, deletionId, patienceMs],
  );
  return { cancelled, webhookIds, done: open[0]?.open !== true, restMs: pollMs };
}

const reasonOf = (projectId: string | null) =>
  projectId === null ? 'The organization was deleted.' : 'The project was deleted.';
