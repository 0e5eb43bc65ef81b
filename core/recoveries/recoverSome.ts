import type { Pool } from 'pg';
import { DirectDeliveries } from '../deliveries/direct.ts';
import { noFastLane } from '../deliveries/fastLane.ts';
import { replaysOf } from '../deliveries/replay.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { recoverable } from './recoverable.ts';

export interface RecoverParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly waker: Waker;
  readonly notifier: Notifier;
}

export interface RecoverLimits {
  readonly onProgress: () => void;
  /** After this time, in milliseconds, no new batch begins. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

/**
 * Batches of this size begin at least this far apart: 200 deliveries a second at most. After each batch follows a pause as long
 * as the batch took, so that a slow receiver or a busy machine slows the recovery down.
 */
const batchSize = 25;
const minBatchMs = 125;
const maxPauseMs = 5_000;
const pollMs = 50;

interface RecoveryRow {
  readonly id: string;
  readonly organization_id: string;
  readonly webhook_id: string;
  readonly last_delivery_id: string | null;
}

/**
 * Replays batches of a recovery. Each batch is one transaction with the recovery's own row, so that its progress matches the
 * replays even when the process dies in between.
 *
 * @returns whether there is more to do
 */
export async function recoverSome(parts: RecoverParts, recoveryId: string, limits: RecoverLimits): Promise<boolean> {
  const beganAt = performance.now();
  // The webhook's workflow sends all replays: the fast lane stays free for live deliveries.
  const direct = new DirectDeliveries({
    ...parts,
    dispatcher: noFastLane,
    lease: { id: recoveryId },
  });
  while (performance.now() - beganAt < limits.maxMs && !limits.signal.aborted) {
    const batchBeganAt = performance.now();
    limits.onProgress();
    const { organizationId, replayed, running } = await replayBatch(direct, recoveryId);
    if (organizationId) parts.notifier.changed(organizationId, [recoveryId], 'recovery');
    if (!running) return false;
    await untilAttempted(parts.pool, replayed, beganAt, limits);
    const took = performance.now() - batchBeganAt;
    await new Promise((resolve) => setTimeout(resolve, Math.min(maxPauseMs, Math.max(minBatchMs - took, took))));
  }
  return true;
}

interface Batch {
  /** Null if nothing has changed. */
  readonly organizationId: string | null;
  readonly replayed: readonly string[];
  readonly running: boolean;
}

function replayBatch(direct: DirectDeliveries, recoveryId: string): Promise<Batch> {
  return direct.run<Batch>(recoveryId, async ({ transaction, webhooks, add }) => {
    const { rows } = await transaction.query<RecoveryRow>(
      `SELECT id, organization_id, webhook_id, last_delivery_id FROM recovery
        WHERE id = $1 AND state = 'RUNNING' FOR UPDATE`,
      [recoveryId],
    );
    const [recovery] = rows;
    if (!recovery) return { organizationId: null, replayed: [], running: false };
    const organizationId = recovery.organization_id;
    const end = async (state: 'FINISHED' | 'CANCELLED', reason: string | null): Promise<Batch> => {
      await transaction.query(
        `UPDATE recovery SET state = $2::recovery_state, reason = $3, finished_at = clock_timestamp(),
                changed_at = clock_timestamp(), version = version + 1
          WHERE id = $1`,
        [recoveryId, state, reason],
      );
      return { organizationId, replayed: [], running: false };
    };
    const current = await webhooks([recovery.webhook_id]);
    const webhook = current.get(recovery.webhook_id);
    if (!webhook || webhook.stopped) return end('CANCELLED', webhook?.stopped ?? 'The webhook was deleted.');
    const { rows: found } = await transaction.query<{ id: string }>(
      `SELECT d.id FROM recovery r, delivery d
        WHERE r.id = $1 AND ${recoverable} AND d.id > $2
        ORDER BY d.id
        LIMIT $3`,
      [recoveryId, recovery.last_delivery_id ?? '00000000-0000-0000-0000-000000000000', batchSize],
    );
    const last = found.at(-1);
    if (!last) return end('FINISHED', null);
    const replays = (
      await replaysOf(
        transaction,
        found.map(({ id }) => id),
        current,
      )
    ).filter((each) => each !== undefined);
    await add(replays);
    await transaction.query(
      `UPDATE recovery SET replayed = replayed + $2, last_delivery_id = $3, changed_at = clock_timestamp(),
              version = version + 1
        WHERE id = $1`,
      [recoveryId, replays.length, last.id],
    );
    return { organizationId, replayed: replays.map(({ envelope }) => envelope.deliveryId), running: true };
  });
}

/** Waits until every delivery of a batch was attempted or has ended, so that at most one batch of a recovery waits. */
async function untilAttempted(
  pool: Pool,
  ids: readonly string[],
  beganAt: number,
  { onProgress, maxMs, signal }: RecoverLimits,
): Promise<void> {
  while (performance.now() - beganAt < maxMs && !signal.aborted) {
    const { rows } = await pool.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM delivery WHERE id = ANY ($1::uuid[]) AND attempt_count = 0 AND status IN ('PENDING', 'SENDING')) AS waiting`,
      [ids],
    );
    if (!rows[0]?.waiting) return;
    onProgress();
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Whose recovery it is; null where it is gone. */
export async function organizationOf(pool: Pool, recoveryId: string): Promise<string | null> {
  const { rows } = await pool.query<{ organization_id: string }>({
    name: 'organization_of_recovery',
    text: 'SELECT organization_id FROM recovery WHERE id = $1',
    values: [recoveryId],
  });
  return rows[0]?.organization_id ?? null;
}

/** Recoveries that one sweep begins. */
const maxForgotten = 100;

export interface ForgottenRecovery {
  readonly id: string;
  readonly organizationId: string;
}

/**
 * Running recoveries that make no progress, for example because the process died before it started their workflow.
 * Organizations take turns: one that has more of them than one sweep takes leaves others theirs. Within one they come in no
 * order, so that each is found in the end, though others are found again until it is their turn in a worker.
 */
export async function forgottenRecoveries(pool: Pool): Promise<ForgottenRecovery[]> {
  const { rows } = await pool.query<ForgottenRecovery>(
    `SELECT id, organization_id AS "organizationId"
       FROM (SELECT id, organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY random()) AS turn
               FROM recovery WHERE state = 'RUNNING' AND changed_at < now() - interval '15 seconds') forgotten
      ORDER BY turn, random()
      LIMIT $1`,
    [maxForgotten],
  );
  return rows;
}
