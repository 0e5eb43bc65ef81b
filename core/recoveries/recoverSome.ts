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

export interface RecoverBounds {
  readonly onProgress: () => void;
  /** After this long, in milliseconds, no new part is begun. */
  readonly atMostMs: number;
  readonly signal: AbortSignal;
}

/**
 * So many at a time, and no sooner than this after each other: 200 a second at most. After each part as long as it took is left
 * to others: a receiver that is slower sets the pace, and so does a machine that is busy.
 */
const part = 25;
const partEveryMs = 125;
const longestRestMs = 5_000;
const pollMs = 50;

interface RecoveryRow {
  readonly id: string;
  readonly organization_id: string;
  readonly webhook_id: string;
  readonly last_delivery_id: string | null;
}

/**
 * Replays parts of a recovery. Each part is one transaction with the recovery's own row, so that what was replayed and how far
 * it has come are never told apart, whoever dies in between.
 *
 * @returns whether there is more to do
 */
export async function recoverSome(parts: RecoverParts, recoveryId: string, bounds: RecoverBounds): Promise<boolean> {
  const beganAt = performance.now();
  // Everything is left to the webhook's workflow: live deliveries keep the fast lane to themselves.
  const direct = new DirectDeliveries({
    ...parts,
    dispatcher: noFastLane,
    lease: { id: recoveryId },
  });
  while (performance.now() - beganAt < bounds.atMostMs && !bounds.signal.aborted) {
    const partBeganAt = performance.now();
    bounds.onProgress();
    const { organizationId, replayed, running } = await replayPart(direct, recoveryId);
    if (organizationId) parts.notifier.changed(organizationId, [recoveryId], 'recovery');
    if (!running) return false;
    await untilAttempted(parts.pool, replayed, beganAt, bounds);
    const took = performance.now() - partBeganAt;
    await new Promise((resolve) => setTimeout(resolve, Math.min(longestRestMs, Math.max(partEveryMs - took, took))));
  }
  return true;
}

interface Part {
  /** Null where nothing has changed. */
  readonly organizationId: string | null;
  readonly replayed: readonly string[];
  readonly running: boolean;
}

function replayPart(direct: DirectDeliveries, recoveryId: string): Promise<Part> {
  return direct.run<Part>(recoveryId, async ({ transaction, webhooks, add }) => {
    const { rows } = await transaction.query<RecoveryRow>(
      `SELECT id, organization_id, webhook_id, last_delivery_id FROM recovery
        WHERE id = $1 AND state = 'RUNNING' FOR UPDATE`,
      [recoveryId],
    );
    const [recovery] = rows;
    if (!recovery) return { organizationId: null, replayed: [], running: false };
    const organizationId = recovery.organization_id;
    const end = async (state: 'FINISHED' | 'CANCELLED', reason: string | null): Promise<Part> => {
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
      [recoveryId, recovery.last_delivery_id ?? '00000000-0000-0000-0000-000000000000', part],
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

/** Waits until each of a part has been attempted or ended: no more of a recovery than one part is ever waiting. */
async function untilAttempted(
  pool: Pool,
  ids: readonly string[],
  beganAt: number,
  { onProgress, atMostMs, signal }: RecoverBounds,
): Promise<void> {
  while (performance.now() - beganAt < atMostMs && !signal.aborted) {
    const { rows } = await pool.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM delivery WHERE id = ANY ($1::uuid[]) AND attempt_count = 0 AND status IN ('PENDING', 'SENDING')) AS waiting`,
      [ids],
    );
    if (!rows[0]?.waiting) return;
    onProgress();
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Recoveries that nobody works on: their workflow was never started, or its process died before it could be. */
export async function forgottenRecoveries(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM recovery WHERE state = 'RUNNING' AND changed_at < now() - interval '15 seconds' LIMIT 100`,
  );
  return rows.map(({ id }) => id);
}
