import type { Pool } from 'pg';
import type { WebhookHealth } from '../store/prisma/enums.ts';
import { cancelWaiting } from './cancelWaiting.ts';
import { type EnvelopeRow, envelopeColumns, envelopeOf } from './envelopeRow.ts';
import type { DeliverableWebhook } from './routing.ts';
import type { DeliveryTask } from './task.ts';

/** What is due, and what has become due for nothing. */
export interface Due {
  readonly tasks: DeliveryTask[];
  /** Of types that the webhook takes no longer. What somebody asked for, a test or a replay, is not among them. */
  readonly unwantedIds: readonly string[];
}

/**
 * Reads deliveries that wait for their webhook's workflow and are due.
 *
 * @param besides - ids that are being attempted already
 * @param onlyTests - the webhook gets nothing else at present
 */
export async function dueDeliveries(
  pool: Pool,
  webhook: DeliverableWebhook,
  now: Date,
  besides: readonly string[],
  most: number,
  onlyTests: boolean,
): Promise<Due> {
  const { rows } = await pool.query<EnvelopeRow & { attempt_count: number; is_test: boolean; asked_for: boolean }>({
    name: 'due_deliveries',
    text: `
      SELECT ${envelopeColumns}, d.attempt_count, d.is_test, d.is_test OR d.replay_of_id IS NOT NULL AS asked_for
        FROM delivery d JOIN event e ON e.id = d.event_id
       WHERE d.webhook_id = $1 AND d.leased_by IS NULL AND d.status IN ('PENDING', 'RETRYING')
         AND d.next_attempt_at <= $2 AND d.id <> ALL ($3::uuid[])
         AND (NOT $5::boolean OR d.is_test)
       ORDER BY d.next_attempt_at
       LIMIT $4`,
    values: [webhook.id, now, besides, most, onlyTests],
  });
  const wanted = (row: { event_type: string; asked_for: boolean }) =>
    row.asked_for || webhook.eventTypes === null || webhook.eventTypes.has(row.event_type);
  return {
    tasks: rows.filter(wanted).map((row) => ({
      webhook,
      attempt: row.attempt_count + 1,
      envelope: envelopeOf(row),
      isTest: row.is_test,
    })),
    unwantedIds: rows.filter((row) => !wanted(row)).map(({ id }) => id),
  };
}

/** When the webhook's next waiting delivery is due; null where none waits. */
export async function nextDue(pool: Pool, webhookId: string): Promise<Date | null> {
  const { rows } = await pool.query<{ due: Date | null }>({
    name: 'next_due',
    text: `
      SELECT next_attempt_at AS due
        FROM delivery
       WHERE webhook_id = $1 AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
       ORDER BY next_attempt_at
       LIMIT 1`,
    values: [webhookId],
  });
  return rows[0]?.due ?? null;
}

/** How a webhook's failures stand, and how many of its deliveries API processes have in hand: what is counted is no longer leased. */
export async function failuresAndLeases(
  pool: Pool,
  webhookId: string,
): Promise<{ failures: number; health: WebhookHealth; leased: number }> {
  // One statement, one snapshot: read apart, an attempt recorded in between would be missed by both.
  const { rows } = await pool.query({
    name: 'failures_and_leases',
    text: `
      SELECT consecutive_failures AS failures, health,
             (SELECT count(*)::int FROM delivery WHERE webhook_id = $1 AND leased_by IS NOT NULL) AS leased
        FROM webhook_state WHERE webhook_id = $1`,
    values: [webhookId],
  });
  return rows[0] ?? { failures: 0, health: 'HEALTHY', leased: 0 };
}

/** Which of a webhook's waiting deliveries are to end. */
export interface Cancelled {
  /** Those that are not due yet too. */
  readonly all: boolean;
  /** Whether what its administrator sends as a test ends as well. */
  readonly tests: boolean;
  /** Null: whichever. */
  readonly only?: readonly string[];
}

/**
 * Ends deliveries that came due while their webhook gets nothing, as many as one statement does.
 *
 * @returns the ids of those cancelled
 */
export async function cancelDue(
  pool: Pool,
  webhookId: string,
  now: Date,
  reason: string,
  { all, tests, only }: Cancelled,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'cancel_due',
    text: cancelWaiting,
    values: [webhookId, now, reason, all, only ?? null, tests],
  });
  return rows.map((row) => row.id);
}
