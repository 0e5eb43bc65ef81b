import type { Pool } from 'pg';
import { type Actor, audit } from '../audit/audit.ts';
import { releaseHeld } from '../deliveries/releaseHeld.ts';
import { type DeliverableWebhook, loadWebhook } from '../deliveries/routing.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { BatchLimits } from '../ground/batchLimits.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { type Forgotten, forgottenInTurns } from '../store/forgotten.ts';
import { pgTransaction } from '../store/pgTransaction.ts';

export interface ResumeParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly waker: Waker;
  readonly notifier: Notifier;
  /** Concurrent requests to one webhook. */
  readonly perWebhook: number;
}

/**
 * Deliveries that are released together. The webhook's workflow must attempt a batch as one list, in its order: it divides longer
 * ones, and runs the parts at the same time.
 */
const maxBatch = 128;
const batchOf = (perWebhook: number) => Math.min(maxBatch, 8 * perWebhook);
/** The longest rest after a batch. Events may come as fast as a batch goes: it must catch up with them. */
const maxRestMs = 100;
const pollMs = 25;

/**
 * Sends what a resuming webhook holds, in the order of events: a batch is released only when every attempt of the one before has
 * ended, and a short rest follows. What is published meanwhile is held, and comes after. When nothing is
 * held any more, the webhook is paused no more. Rows hold all of the state: it may be called again at any time.
 *
 * @returns whether there is more to do
 */
export async function resumeSome(parts: ResumeParts, webhookId: string, limits: BatchLimits): Promise<boolean> {
  const { pool, keys, waker, notifier, perWebhook } = parts;
  const { onProgress, maxMs, signal } = limits;
  const beganAt = performance.now();
  const isOver = () => performance.now() - beganAt >= maxMs || signal.aborted;
  for (;;) {
    // Of a batch before, perhaps another process's.
    if (!(await untilAttempted(pool, webhookId, onProgress, isOver))) return true;
    const batchBeganAt = performance.now();
    const webhook = await loadWebhook(pool, keys, webhookId);
    if (!webhook || webhook.deleted || !webhook.resuming) return false;
    if (webhook.stopped !== null) {
      await pauseAgain(pool, webhook, `${webhook.stopped} What it holds is kept: resume it again when it gets events.`);
      notifier.changed(webhook.organizationId, [webhookId], 'resume');
      return false;
    }
    const released = await releaseHeld(pool, webhookId, batchOf(perWebhook));
    notifier.changed(webhook.organizationId, [webhookId], 'resume');
    if (released.length === 0 && (await endPause(pool, webhook.organizationId, webhookId))) {
      notifier.changed(webhook.organizationId, [webhookId], 'resume');
      return false;
    }
    if (released.length > 0) {
      notifier.changed(webhook.organizationId, released);
      waker.wakeAnyway(webhookId, Date.now());
      if (!(await untilAttempted(pool, webhookId, onProgress, isOver))) return true;
    }
    const took = performance.now() - batchBeganAt;
    await new Promise((resolve) => setTimeout(resolve, Math.min(maxRestMs, Math.max(pollMs, took))));
    if (isOver()) return true;
  }
}

/**
 * Waits until every delivery that is due now was attempted or has ended, or the webhook resumes no more. A retry that becomes due
 * later does not count.
 *
 * @returns false if the time was over before
 */
async function untilAttempted(
  pool: Pool,
  webhookId: string,
  onProgress: () => void,
  isOver: () => boolean,
): Promise<boolean> {
  let dueBy: Date | null = null;
  for (;;) {
    onProgress();
    const { rows }: { rows: { waiting: boolean; now: Date }[] } = await pool.query({
      name: 'due_waiting',
      text: `
        SELECT now() AS now,
               EXISTS (SELECT FROM webhook WHERE id = $1 AND resuming_at IS NOT NULL)
               AND (EXISTS (SELECT FROM delivery WHERE webhook_id = $1 AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
                          AND next_attempt_at <= coalesce($2::timestamptz, now()) AND NOT is_test)
               OR EXISTS (SELECT FROM delivery WHERE webhook_id = $1 AND leased_by IS NOT NULL AND NOT is_test)) AS waiting`,
      values: [webhookId, dueBy],
    });
    const [{ waiting, now }] = rows as [{ waiting: boolean; now: Date }];
    if (!waiting) return true;
    if (isOver()) return false;
    dueBy ??= now;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Gives up: the webhook is paused as before, and the audit log says so in the name of whoever resumed it. */
async function pauseAgain(pool: Pool, webhook: DeliverableWebhook, pauseReason: string): Promise<void> {
  const { id, organizationId, projectId } = webhook;
  await pgTransaction(pool, async (transaction) => {
    const { rows } = await transaction.query<{ resumingAt: Date; pauseReason: string | null }>(
      `SELECT resuming_at AS "resumingAt", pause_reason AS "pauseReason"
         FROM webhook WHERE id = $1 AND resuming_at IS NOT NULL FOR UPDATE`,
      [id],
    );
    const [before] = rows;
    if (!before) return;
    await transaction.query('UPDATE webhook SET resuming_at = NULL, pause_reason = $2 WHERE id = $1', [
      id,
      pauseReason,
    ]);
    const { rows: resumed } = await transaction.query<Actor>(
      `SELECT principal_kind AS kind, principal_id AS id FROM audit_event
        WHERE organization_id = $1 AND target_id = $2 AND action = 'webhook.resumed' ORDER BY id DESC LIMIT 1`,
      [organizationId, id],
    );
    await audit(transaction, resumed[0] ?? { kind: 'OPERATOR', id: 'everhook' }, {
      organizationId,
      projectId,
      action: 'webhook.resume_ended',
      target: { type: 'webhook', id },
      before: { ...before },
      after: { resumingAt: null, pauseReason },
    });
  });
}

/**
 * Ends a pause, unless something is held. The locks keep others from holding anything meanwhile: publishers lock the organization,
 * replays the webhook.
 *
 * @returns whether it ended, or was ended before
 */
function endPause(pool: Pool, organizationId: string, webhookId: string): Promise<boolean> {
  return pgTransaction(pool, async (transaction) => {
    await transaction.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
      organizationId,
    ]);
    await transaction.query('SELECT FROM webhook WHERE id = $1 FOR UPDATE', [webhookId]);
    const { rowCount } = await transaction.query(
      `UPDATE webhook SET paused_at = NULL, pause_reason = NULL, resuming_at = NULL
        WHERE id = $1 AND resuming_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM delivery WHERE webhook_id = $1 AND status = 'HELD')`,
      [webhookId],
    );
    return rowCount === 1;
  });
}

/** Resuming webhooks whose workflow may not run, and deleted ones that hold something. */
export async function forgottenPauses(pool: Pool): Promise<{ resuming: Forgotten[]; deleted: string[] }> {
  const resuming = await forgottenInTurns(
    pool,
    `webhook WHERE paused_at IS NOT NULL AND deleted_at IS NULL AND resuming_at < now() - interval '15 seconds'`,
  );
  const { rows: deleted } = await pool.query<{ id: string }>(
    `SELECT id FROM webhook w
      WHERE paused_at IS NOT NULL AND deleted_at IS NOT NULL
        AND EXISTS (SELECT FROM delivery WHERE webhook_id = w.id AND status = 'HELD')
      LIMIT 100`,
  );
  return { resuming, deleted: deleted.map(({ id }) => id) };
}
