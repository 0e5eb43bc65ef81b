import type { Pool, PoolClient } from 'pg';
import { DirectDeliveries, type DirectDelivery } from '../deliveries/direct.ts';
import { noFastLane } from '../deliveries/fastLane.ts';
import { replaysOf } from '../deliveries/replay.ts';
import { type DeliverableWebhook, stoppedTexts } from '../deliveries/routing.ts';
import type { Waker } from '../deliveries/waker.ts';
import { type BatchLimits, rest } from '../ground/batchLimits.ts';
import { firstId } from '../ground/idTime.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { type Forgotten, forgottenInTurns } from '../store/forgotten.ts';
import type { RecoveryKind } from '../store/prisma/enums.ts';
import { missedOf } from './missedOf.ts';
import { type Item, nextItems } from './nextItems.ts';
import type { LogFilter } from './selection.ts';

export interface RecoverParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly waker: Waker;
  readonly notifier: Notifier;
}

/**
 * A batch has so many deliveries, or as many more as its last event has webhooks. It takes this long for each of them at least:
 * 200 deliveries a second at most. After each batch follows a pause as long as the batch took, so that a slow receiver or a busy
 * machine slows the recovery down.
 */
const batchSize = 25;
const minMsEach = 5;
/** The same for all recoveries of an organization that a process works on: 400 deliveries a second together. */
const minTurnMsEach = 2.5;
const maxPauseMs = 5_000;
const pollMs = 50;

interface RecoveryRow {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly since: Date | null;
  readonly until: Date;
  readonly include: RecoveryKind[];
  readonly filter: LogFilter | null;
  readonly lastId: string | null;
}

/**
 * Sends batches of a recovery. Each batch is one transaction with the recovery's own row, so that its progress matches the
 * deliveries even when the process dies in between.
 *
 * @returns whether there is more to do
 */
export async function recoverSome(parts: RecoverParts, recoveryId: string, limits: BatchLimits): Promise<boolean> {
  const beganAt = performance.now();
  // The webhook's workflow sends all replays: the fast lane stays free for live deliveries.
  const direct = new DirectDeliveries({
    ...parts,
    dispatcher: noFastLane,
    lease: { id: recoveryId },
  });
  while (performance.now() - beganAt < limits.maxMs && !limits.signal.aborted) {
    limits.onProgress();
    let batchBeganAt = 0;
    const batch = await limits.inTurn(async () => {
      if (limits.signal.aborted) return null;
      batchBeganAt = performance.now();
      const sending = await sendBatch(direct, recoveryId);
      const took = performance.now() - batchBeganAt;
      await rest(Math.min(maxPauseMs, Math.max(sending.sent.length * minTurnMsEach - took, took)), limits.signal);
      return sending;
    });
    if (batch === null) return true;
    const { organizationId, sent, running } = batch;
    if (organizationId) parts.notifier.changed(organizationId, [recoveryId], 'recovery');
    if (!running) return false;
    await untilAttempted(parts.pool, sent, beganAt, limits);
    const took = performance.now() - batchBeganAt;
    await rest(Math.min(maxPauseMs, Math.max(sent.length * minMsEach - took, took)), limits.signal);
  }
  return true;
}

interface Batch {
  /** Null if nothing has changed. */
  readonly organizationId: string | null;
  readonly sent: readonly string[];
  readonly running: boolean;
}

function sendBatch(direct: DirectDeliveries, recoveryId: string): Promise<Batch> {
  return direct.run<Batch>(recoveryId, async ({ transaction, webhooks, add }) => {
    const { rows } = await transaction.query<RecoveryRow>(
      // Older builds stored ends in the future, with which it would send its own deliveries again.
      `SELECT organization_id AS "organizationId", project_id AS "projectId", webhook_id AS "webhookId", since,
              least(until, created_at) AS until, include::text[] AS include, filter, last_delivery_id AS "lastId"
         FROM recovery WHERE id = $1 AND state = 'RUNNING' FOR UPDATE`,
      [recoveryId],
    );
    const [recovery] = rows;
    if (!recovery) return { organizationId: null, sent: [], running: false };
    const { organizationId, webhookId, lastId } = recovery;
    const end = async (state: 'FINISHED' | 'CANCELLED', reason: string | null): Promise<Batch> => {
      await transaction.query(
        // The values of labels may name a person: they are kept no longer than they are needed.
        `UPDATE recovery SET state = $2::recovery_state, reason = $3, filter = filter - 'labels', finished_at = clock_timestamp(),
                changed_at = clock_timestamp(), version = version + 1
          WHERE id = $1`,
        [recoveryId, state, reason],
      );
      return { organizationId, sent: [], running: false };
    };
    // The recoveries of an organization may overlap: each sees what the others have sent.
    await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('recovery'), hashtext($1))`, [organizationId]);
    const selection = { ...recovery, filter: recovery.filter ?? {} };
    const { items, upTo } = await nextItems(transaction, selection, lastId ?? firstId, batchSize);
    const current = await webhooks(webhookId === null ? items.map((item) => item.webhookId) : [webhookId]);
    if (webhookId !== null) {
      const webhook = current.get(webhookId);
      if (!webhook || webhook.stopped) return end('CANCELLED', webhook?.stopped ?? stoppedTexts.WEBHOOK_DELETED);
    }
    if (items.length === 0 && upTo === null) return end('FINISHED', null);
    const standing = new Map([...current].filter(([, webhook]) => webhook.stopped === null));
    const deliveries = await deliveriesOf(transaction, items, standing);
    await add(deliveries);
    const last = upTo ?? (items.at(-1) as Item).id;
    await transaction.query(
      `UPDATE recovery SET replayed = replayed + $2, last_delivery_id = $3, changed_at = clock_timestamp(),
              version = version + 1
        WHERE id = $1`,
      [recoveryId, deliveries.length, last],
    );
    return { organizationId, sent: deliveries.map(({ envelope }) => envelope.deliveryId), running: true };
  });
}

/** The new deliveries of a batch, in the order of its items. What is gone meanwhile is left out. */
async function deliveriesOf(
  transaction: PoolClient,
  items: readonly Item[],
  webhooks: ReadonlyMap<string, DeliverableWebhook>,
): Promise<DirectDelivery[]> {
  const again = items.filter(({ missed }) => !missed).map(({ id }) => id);
  const replays = (await replaysOf(transaction, again, webhooks)).values();
  const missed = (
    await missedOf(
      transaction,
      items.filter((item) => item.missed),
      webhooks,
    )
  ).values();
  const deliveries = items.map((item) => (item.missed ? missed : replays).next().value);
  return deliveries.filter((each) => each !== undefined);
}

/** Waits until every delivery of a batch was attempted or has ended, so that at most one batch of a recovery waits. */
async function untilAttempted(
  pool: Pool,
  ids: readonly string[],
  beganAt: number,
  { onProgress, maxMs, signal }: BatchLimits,
): Promise<void> {
  while (performance.now() - beganAt < maxMs && !signal.aborted) {
    const { rows } = await pool.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM delivery WHERE id = ANY ($1::uuid[]) AND attempt_count = 0 AND status IN ('PENDING', 'SENDING')) AS waiting`,
      [ids],
    );
    if (!rows[0]?.waiting) return;
    onProgress();
    await rest(pollMs, signal);
  }
}

/** Running recoveries that make no progress. */
export const forgottenRecoveries = (pool: Pool): Promise<Forgotten[]> =>
  forgottenInTurns(pool, `recovery WHERE state = 'RUNNING' AND changed_at < now() - interval '15 seconds'`);
