import type { Pool } from 'pg';
import type { CancelCause, WebhookHealth } from '../store/prisma/enums.ts';
import { cancelWaiting } from './cancelWaiting.ts';
import { type EnvelopeRow, envelopeOf, headColumns, textBytes } from './envelopeRow.ts';
import type { AdmitInput, WaitingEntry } from './ownership.ts';
import type { DeliverableWebhook } from './routing.ts';
import type { DeliveryTask } from './task.ts';

/** A delivery that its webhook's workflow owns. */
export interface WaitingRow {
  readonly id: string;
  /** Its next attempt; null if its event's texts are longer than what was asked for. */
  readonly task: DeliveryTask | null;
  /** Length of its event's texts, in bytes, whether they were read or not. */
  readonly bytes: number;
  readonly isTest: boolean;
  readonly made: number;
  readonly dueAt: number;
  /** Whether the webhook still takes events of this type, or it is a test or a replay. */
  readonly wanted: boolean;
  /** Why there is nothing to send: its event was erased, or is gone. Else null. */
  readonly lost: 'ERASED' | 'GONE' | null;
}

interface Row extends Omit<EnvelopeRow, 'data'> {
  data: string | null;
  bytes: number;
  lost: 'ERASED' | 'GONE' | null;
  attempt_count: number;
  next_attempt_at: Date;
  is_test: boolean;
  asked_for: boolean;
}

/**
 * Reads deliveries that a webhook's workflow owns.
 *
 * @param maxBytes - an event's texts are read where they are no longer than this
 * @returns rows by id; others are left out
 */
export async function readWaiting(
  pool: Pool,
  webhook: DeliverableWebhook,
  ids: readonly string[],
  maxBytes: number,
): Promise<ReadonlyMap<string, WaitingRow>> {
  const { rows } = await pool.query<Row>({
    name: 'read_waiting',
    // OFFSET 0: the length of a long text is found once, not at each place that names it.
    text: `
      SELECT ${headColumns}, s.bytes, CASE WHEN s.bytes <= $3::bigint THEN e.data::text END AS data,
             CASE WHEN s.bytes <= $3::bigint THEN e.previous::text END AS previous, d.attempt_count, d.next_attempt_at, d.is_test,
             d.is_test OR d.replay_of_id IS NOT NULL AS asked_for, CASE WHEN e.id IS NULL THEN 'GONE' WHEN e.erased_at IS NOT NULL THEN 'ERASED' END AS lost
        FROM delivery d LEFT JOIN event e ON e.id = d.event_id, LATERAL (SELECT ${textBytes} AS bytes OFFSET 0) s
       WHERE d.id = ANY ($2::uuid[]) AND d.webhook_id = $1 AND d.leased_by IS NULL AND d.status IN ('PENDING', 'RETRYING')`,
    values: [webhook.id, ids, maxBytes],
  });
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        task: taskOf(webhook, row),
        bytes: row.bytes,
        isTest: row.is_test,
        made: row.attempt_count,
        dueAt: row.next_attempt_at.getTime(),
        wanted: row.asked_for || webhook.takes(row.event_type),
        lost: row.lost,
      },
    ]),
  );
}

function taskOf(webhook: DeliverableWebhook, row: Row): DeliveryTask | null {
  const { data } = row;
  if (data === null) return null;
  return { webhook, attempt: row.attempt_count + 1, envelope: envelopeOf({ ...row, data }), isTest: row.is_test };
}

/** Lists a webhook's waiting deliveries: up to one more than `most`, to show that more wait. */
export async function listWaiting(pool: Pool, { webhookId, from, until, most }: AdmitInput): Promise<WaitingEntry[]> {
  const { rows } = await pool.query<{ id: string; made: number; due: Date }>({
    name: 'list_waiting',
    text: `
      SELECT id, attempt_count AS made, next_attempt_at AS due
        FROM delivery
       WHERE webhook_id = $1 AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
         AND next_attempt_at >= coalesce($2::timestamptz, '-infinity')
         AND (next_attempt_at, id) >= (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
         AND next_attempt_at <= coalesce($4::timestamptz, 'infinity')
       ORDER BY next_attempt_at, id
       LIMIT $5`,
    values: [
      webhookId,
      from && new Date(from[0]),
      from?.[1] || null,
      until === null ? null : new Date(until),
      most + 1,
    ],
  });
  return rows.map(({ id, made, due }) => [id, made, due.getTime()]);
}

/** Whether other deliveries of a webhook wait. */
export async function othersWait(pool: Pool, webhookId: string, ids: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ wait: boolean }>({
    name: 'others_wait',
    text: `
      SELECT EXISTS (
        SELECT FROM delivery
         WHERE webhook_id = $1 AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING') AND id <> ALL ($2::uuid[])
      ) AS wait`,
    values: [webhookId, ids],
  });
  return rows[0]?.wait ?? false;
}

/** A webhook's consecutive failures and health, and its leased deliveries. A counted failure is no longer leased. */
export async function failuresAndLeases(
  pool: Pool,
  webhookId: string,
): Promise<{ failures: number; health: WebhookHealth; leased: number }> {
  // One statement has one snapshot: two would both miss an attempt that is recorded between them.
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

/** Why deliveries are cancelled. */
export interface Cancellation {
  readonly by: CancelCause;
  /** Shown with each delivery. */
  readonly reason: string;
}

/** Selects waiting deliveries to cancel. */
export interface CancelSelection {
  /** Also those that are not due yet. */
  readonly all: boolean;
  /** Also tests, and what a paused webhook holds. */
  readonly tests: boolean;
  /** Only these ids. Absent: any. */
  readonly only?: readonly string[];
}

/**
 * Cancels waiting deliveries of a webhook, up to the limit of one statement.
 *
 * @returns their ids
 */
export async function cancelDue(
  pool: Pool,
  webhookId: string,
  now: Date,
  { by, reason }: Cancellation,
  { all, tests, only }: CancelSelection,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'cancel_due',
    text: cancelWaiting,
    values: [webhookId, now, reason, all, only ?? null, tests, by],
  });
  return rows.map((row) => row.id);
}
