import type { ClientBase, Pool } from 'pg';
import type { IssueRef } from './provider.ts';

/** A report about an issue that has not been handled yet. */
export interface PendingEvent {
  readonly webhookId: string;
  readonly identityDigest: Buffer;
  readonly deliveryId: string;
  /** The tracker's API finds the issue by it. */
  readonly locator: string;
}

/** Most reports that one fetch handles; the next fetch handles the rest. */
export const maxPending = 5_000;

/** An issue's pending reports, newest first. */
export async function pendingOf(pool: Pool, { projectId, provider, externalId }: IssueRef): Promise<PendingEvent[]> {
  const { rows } = await pool.query<{
    inbound_webhook_id: string;
    identity_digest: Buffer;
    delivery_id: string;
    locator: string;
  }>({
    name: 'pending_of_issue',
    text: `SELECT inbound_webhook_id, identity_digest, delivery_id, locator FROM inbound_event
            WHERE project_id = $1 AND provider = $2::issue_provider AND external_id = $3 AND pending
            ORDER BY delivery_id DESC LIMIT ${maxPending}`,
    values: [projectId, provider, externalId],
  });
  return rows.map((row) => ({
    webhookId: row.inbound_webhook_id,
    identityDigest: row.identity_digest,
    deliveryId: row.delivery_id,
    locator: row.locator,
  }));
}

/** Ends reports and their deliveries with a status. */
export async function settle(
  client: ClientBase | Pool,
  events: readonly PendingEvent[],
  status: 'DELIVERED' | 'FAILED' | 'CANCELLED',
  reason: string,
): Promise<void> {
  await client.query({
    name: 'settle_inbound',
    text: `
      WITH done AS (
        UPDATE inbound_event e SET pending = false, failed = $3::delivery_status <> 'DELIVERED'
          FROM unnest($1::uuid[], $2::bytea[]) AS g(webhook_id, identity_digest)
         WHERE e.inbound_webhook_id = g.webhook_id AND e.identity_digest = g.identity_digest AND e.pending
        RETURNING e.delivery_id
      )
      UPDATE delivery d SET status = $3::delivery_status, status_reason = $4, completed_at = clock_timestamp(),
             next_attempt_at = NULL, version = version + 1, changed_at = clock_timestamp()
        FROM done WHERE d.id = done.delivery_id`,
    values: [events.map((each) => each.webhookId), events.map((each) => each.identityDigest), status, reason],
  });
}

/** After an issue was to be looked at, the sweep still leaves it alone for so long. Milliseconds. */
const graceMs = 10_000;

/**
 * Has the sweep leave an issue alone whose workflow waits so long, in milliseconds. One report stands for all: the sweep skips
 * an issue that has one which is due later.
 */
export async function defer(pool: Pool, { projectId, provider, externalId }: IssueRef, waitMs: number): Promise<void> {
  await pool.query({
    name: 'defer_issue',
    text: `UPDATE inbound_event SET due_at = greatest(due_at, clock_timestamp() + $4 * interval '1 millisecond')
            WHERE (inbound_webhook_id, identity_digest) = (
              SELECT inbound_webhook_id, identity_digest FROM inbound_event
               WHERE project_id = $1 AND provider = $2::issue_provider AND external_id = $3 AND pending LIMIT 1)`,
    values: [projectId, provider, externalId, waitMs + graceMs],
  });
}

/** Records why reports wait, and until when: until then the sweep skips them. */
export async function postpone(
  pool: Pool,
  events: readonly PendingEvent[],
  waitMs: number,
  reason: string,
): Promise<void> {
  await pool.query({
    name: 'postpone_inbound',
    text: `
      WITH waiting AS (
        UPDATE inbound_event e SET due_at = clock_timestamp() + $3 * interval '1 millisecond'
          FROM unnest($1::uuid[], $2::bytea[]) AS g(webhook_id, identity_digest)
         WHERE e.inbound_webhook_id = g.webhook_id AND e.identity_digest = g.identity_digest AND e.pending
        RETURNING e.delivery_id, e.due_at
      )
      UPDATE delivery d SET next_attempt_at = waiting.due_at, status_reason = $4, version = version + 1, changed_at = clock_timestamp()
        FROM waiting WHERE d.id = waiting.delivery_id`,
    values: [events.map((each) => each.webhookId), events.map((each) => each.identityDigest), waitMs, reason],
  });
}
