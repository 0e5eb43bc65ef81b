import type { Pool, PoolClient } from 'pg';
import { DirectDeliveries, type DirectDelivery } from '../deliveries/direct.ts';
import { noFastLane } from '../deliveries/fastLane.ts';
import type { LogFilter } from '../deliveries/logFilter.ts';
import { replaysOf } from '../deliveries/replay.ts';
import { type DeliverableWebhook, stoppedTexts } from '../deliveries/routing.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { RecoveryKind } from '../store/prisma/enums.ts';
import { missedOf } from './missedOf.ts';
import { type Item, nextItems } from './nextItems.ts';
import { firstId } from './selection.ts';

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
 * A batch has so many deliveries, or as many more as its last event has webhooks. It takes this long for each of them at least:
 * 200 deliveries a second at most. After each batch follows a pause as long as the batch took, so that a slow receiver or a busy
 * machine slows the recovery down.
 */
const batchSize = 25;
const minMsEach = 5;
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
    const { organizationId, sent, running } = await sendBatch(direct, recoveryId);
    if (organizationId) parts.notifier.changed(organizationId, [recoveryId], 'recovery');
    if (!running) return false;
    await untilAttempted(parts.pool, sent, beganAt, limits);
    const took = performance.now() - batchBeganAt;
    const rest = Math.max(sent.length * minMsEach - took, took);
    await new Promise((resolve) => setTimeout(resolve, Math.min(maxPauseMs, rest)));
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
      `SELECT organization_id AS "organizationId", project_id AS "projectId", webhook_id AS "webhookId", since, until,
              include::text[] AS include, filter, last_delivery_id AS "lastId"
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
