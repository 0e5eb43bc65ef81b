import type { Pool, PoolClient } from 'pg';
import type { Waker } from '../deliveries/waker.ts';
import { type BatchLimits, rest } from '../ground/batchLimits.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { type Forgotten, forgottenInTurns } from '../store/forgotten.ts';
import { pgTransaction } from '../store/pgTransaction.ts';
import { nextEvents, type Position } from './nextEvents.ts';
import { openSelection } from './selection.ts';
import {
  deliveriesLeft,
  eraseActionKeys,
  eraseDeliveries,
  eraseEvents,
  eraseLabels,
  lockDeliveries,
} from './statements.ts';

export interface EraseParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly waker: Waker;
  readonly notifier: Notifier;
}

/** Events, and deliveries, of one batch. Each is a transaction of some tens of milliseconds. */
const maxEvents = 50;
const maxDeliveries = 100;
/**
 * After each batch follows a pause as long as it took: the erasures of an organization take turns, and together at most half of one
 * connection. Milliseconds.
 */
const minPauseMs = 5;
const maxPauseMs = 5_000;
/** Calls that were publishing when an erasure began have committed by then, and it looks for events once more. Milliseconds. */
const settledAfterMs = 3_000;

interface ErasureRow {
  readonly organization_id: string;
  readonly project_id: string | null;
  readonly selector_sealed: Buffer;
  readonly current_ids: string[];
  readonly position: Position | null;
  readonly settled: boolean;
  readonly age_ms: number;
}

interface Batch {
  /** Null if nothing has changed. */
  readonly organizationId: string | null;
  readonly deliveries: readonly { readonly id: string; readonly webhookId: string | null; readonly waits: boolean }[];
  /** How long to wait before the next batch, at least, in milliseconds; null: it has ended. */
  readonly pauseMs: number | null;
}

/**
 * Erases batches of an erasure. Each batch is one transaction with the erasure's own row, so that it goes on where it was when the
 * process dies in between.
 *
 * @returns whether there is more to do
 */
export async function eraseSome(parts: EraseParts, erasureId: string, limits: BatchLimits): Promise<boolean> {
  const beganAt = performance.now();
  while (performance.now() - beganAt < limits.maxMs && !limits.signal.aborted) {
    limits.onProgress();
    const batch = await limits.inTurn(async () => {
      if (limits.signal.aborted) return null;
      const batchBeganAt = performance.now();
      const done = await pgTransaction(parts.pool, (transaction) => eraseBatch(transaction, parts.keys, erasureId));
      announce(parts, erasureId, done);
      const took = performance.now() - batchBeganAt;
      await rest(Math.min(maxPauseMs, Math.max(minPauseMs, took)), limits.signal);
      return done;
    });
    if (batch === null) return true;
    if (batch.pauseMs === null) return false;
    await rest(batch.pauseMs, limits.signal);
  }
  return true;
}

function announce({ notifier, waker }: EraseParts, erasureId: string, { organizationId, deliveries }: Batch): void {
  if (organizationId === null) return;
  notifier.changed(organizationId, [erasureId], 'erasure');
  if (deliveries.length === 0) return;
  notifier.changed(
    organizationId,
    deliveries.map(({ id }) => id),
  );
  const cancelled = new Map<string, string[]>();
  for (const { id, webhookId, waits } of deliveries) {
    if (waits && webhookId !== null) cancelled.set(webhookId, [...(cancelled.get(webhookId) ?? []), id]);
  }
  for (const [webhookId, ids] of cancelled) waker.cancelled(webhookId, ids);
}

async function eraseBatch(transaction: PoolClient, keys: KeyRing, erasureId: string): Promise<Batch> {
  const { rows } = await transaction.query<ErasureRow>(
    `SELECT organization_id, project_id, selector_sealed, current_ids, settled,
            CASE WHEN after_id IS NOT NULL THEN json_build_object('type', after_type, 'id', after_id) END AS position,
            1000 * extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_ms
       FROM erasure WHERE id = $1 AND state = 'RUNNING' FOR UPDATE`,
    [erasureId],
  );
  const [erasure] = rows;
  if (!erasure) return { organizationId: null, deliveries: [], pauseMs: null };
  const organizationId = erasure.organization_id;
  const write = (changes: string, values: readonly unknown[] = []) =>
    transaction.query(
      `UPDATE erasure SET ${changes}, version = version + 1, changed_at = clock_timestamp() WHERE id = $1`,
      [erasureId, ...values],
    );

  const current = erasure.current_ids;
  if (current.length > 0) {
    const { rows: locked } = await transaction.query<{ id: string }>(lockDeliveries, [current, maxDeliveries]);
    const { rows: deliveries } = await transaction.query<{
      readonly id: string;
      readonly projectId: string | null;
      readonly webhookId: string | null;
      readonly waits: boolean;
      /** Null if it is no replay. */
      readonly replayedAt: Date | null;
    }>({ name: 'erase_deliveries', text: eraseDeliveries, values: [locked.map(({ id }) => id)] });
    if (deliveries.length > 0) {
      await eraseAnswers(transaction, organizationId, deliveries);
      // A project's people see the receipt: it counts no deliveries to the organization's own webhooks.
      const { project_id: projectId } = erasure;
      const counted = projectId === null ? deliveries : deliveries.filter((each) => each.projectId === projectId);
      const cancelled = counted.filter(({ waits }) => waits).length;
      await write('deliveries = deliveries + $2, cancelled = cancelled + $3', [counted.length, cancelled]);
      return { organizationId, deliveries, pauseMs: 0 };
    }
    const { rows: rest } = await transaction.query<{ left: boolean }>(deliveriesLeft, [current]);
    // Their attempts are being recorded at this moment.
    if (rest[0]?.left) return { organizationId: null, deliveries: [], pauseMs: 50 };
    await transaction.query(eraseLabels, [current]);
    await write(`events = events + cardinality(current_ids), current_ids = '{}'`);
    return { organizationId, deliveries: [], pauseMs: 0 };
  }

  const selection = openSelection(keys, erasureId, erasure.selector_sealed);
  const scope = { organizationId, projectId: erasure.project_id };
  // Ids ascend: events that are published later have greater ones than the erasure itself.
  const limits = { before: erasureId, after: erasure.position, most: maxEvents };
  const { ids, position } = await nextEvents(transaction, scope, selection, limits);
  if (ids.length > 0) {
    await transaction.query(eraseEvents, [ids]);
    await write('current_ids = $2, after_type = $3, after_id = $4', [
      ids,
      position?.type ?? null,
      position?.id ?? null,
    ]);
    return { organizationId, deliveries: [], pauseMs: 0 };
  }
  if (position !== null) {
    await write('after_type = $2, after_id = $3', [position.type, position.id]);
    return { organizationId: null, deliveries: [], pauseMs: 0 };
  }
  if (erasure.age_ms < settledAfterMs) {
    return { organizationId: null, deliveries: [], pauseMs: settledAfterMs - erasure.age_ms };
  }
  if (!erasure.settled) {
    await write('settled = true, after_type = NULL, after_id = NULL');
    return { organizationId: null, deliveries: [], pauseMs: 0 };
  }
  await write(`state = 'FINISHED', selector_sealed = NULL, finished_at = clock_timestamp()`);
  return { organizationId, deliveries: [], pauseMs: null };
}

async function eraseAnswers(
  transaction: PoolClient,
  organizationId: string,
  deliveries: readonly { readonly id: string; readonly replayedAt: Date | null }[],
): Promise<void> {
  const replays = deliveries.flatMap(({ id, replayedAt }) => (replayedAt === null ? [] : { id, at: replayedAt }));
  if (replays.length === 0) return;
  const ids = replays.map(({ id }) => id);
  const times = replays.map(({ at }) => at.getTime());
  const [from, to] = [new Date(Math.min(...times)), new Date(Math.max(...times))];
  await transaction.query(eraseActionKeys, [organizationId, ids, from, to]);
}

/** Running erasures that make no progress. */
export const forgottenErasures = (pool: Pool): Promise<Forgotten[]> =>
  forgottenInTurns(pool, `erasure WHERE state = 'RUNNING' AND changed_at < now() - interval '15 seconds'`);
