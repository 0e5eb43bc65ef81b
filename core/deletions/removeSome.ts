import type { Pool, PoolClient } from 'pg';
import { firstIdAt } from '../deliveries/pruneLog.ts';
import type { Waker } from '../deliveries/waker.ts';
import { type BatchLimits, rest } from '../ground/batchLimits.ts';
import type { Notifier } from '../live/notifier.ts';
import { type Forgotten, forgottenInTurns } from '../store/forgotten.ts';
import { pgTransaction } from '../store/pgTransaction.ts';
import { type DeletionScope, removeBatch } from './batch.ts';
import { type Doomed, plan } from './plan.ts';
import { stopSome } from './stopSome.ts';

export interface RemoveParts {
  readonly pool: Pool;
  readonly waker: Waker;
  readonly notifier: Notifier;
}

/** Rows of a batch; a batch that took longer than this many milliseconds is followed by smaller ones. */
const sizes = { first: 100, min: 10, max: 500 };
const longMs = 20;
/** Roots of a batch: the database looks in every table for what is left of each. */
const maxRoots = 10;
/** After each batch follows a pause of this many times as long as it took, within these bounds in milliseconds. */
const rests = { times: 4, minMs: 10, maxMs: 2_000 };

/**
 * Each condition has its index. What the statistics say no longer holds when most rows of a tenant are gone: then a walk over
 * everybody's rows would end at the statement timeout, again and again.
 */
const begin = 'BEGIN; SET LOCAL enable_seqscan = off';

interface DeletionRow {
  readonly id: string;
  readonly organization_id: string;
  readonly project_id: string | null;
  readonly state: 'STOPPING' | 'REMOVING' | 'FINISHED';
  readonly removed: Record<string, number>;
  readonly place: Place | null;
  readonly created_at: Date;
}

/** Where the removal is. It goes over the plan until it finds nothing any more; then the roots go. */
interface Place {
  /** Rounds that have ended. */
  readonly round: number;
  /** The index in the plan. */
  readonly table: number;
  readonly from: string | null;
  /** Whether this round has found anything. */
  readonly found: boolean;
}

/** Ids are made this long before their rows are committed, at most. Milliseconds. */
const lateMs = 10 * 60_000;

/**
 * Goes on with a deletion: first what waits is cancelled and requests under way end, then its rows go in batches. Each batch is
 * one transaction with the deletion's own row, so that its counts are right even when the process dies in between.
 *
 * @returns whether there is more to do
 */
export async function removeSome(parts: RemoveParts, deletionId: string, limits: BatchLimits): Promise<boolean> {
  const beganAt = performance.now();
  let size = sizes.first;
  while (performance.now() - beganAt < limits.maxMs && !limits.signal.aborted) {
    limits.onProgress();
    const batchBeganAt = performance.now();
    const step = await pgTransaction(parts.pool, (transaction) => next(parts, transaction, deletionId, size), begin);
    const tookMs = performance.now() - batchBeganAt;
    if (step.organizationId !== null) parts.notifier.changed(step.organizationId, [deletionId], 'deletion');
    step.committed();
    if (!step.more) return false;
    size = tookMs > longMs ? Math.max(sizes.min, size >> 1) : Math.min(sizes.max, Math.ceil(size * 1.5));
    const restMs = step.restMs ?? Math.min(rests.maxMs, Math.max(rests.minMs, tookMs * rests.times));
    await rest(restMs, limits.signal);
  }
  return true;
}

interface Step {
  readonly organizationId: string | null;
  readonly more: boolean;
  readonly restMs?: number;
  /** To be called after the commit. */
  committed(): void;
}

async function next(parts: RemoveParts, transaction: PoolClient, deletionId: string, size: number): Promise<Step> {
  const { rows } = await transaction.query<DeletionRow>({
    name: 'deletion_to_go_on',
    text: `SELECT id, organization_id, project_id, state, removed, place, created_at FROM deletion
            WHERE id = $1 AND state <> 'FINISHED' FOR UPDATE`,
    values: [deletionId],
  });
  const [deletion] = rows;
  const nothing = () => {};
  if (!deletion) return { organizationId: null, more: false, committed: nothing };
  const organizationId = deletion.organization_id;
  const scope: DeletionScope = { organizationId, projectId: deletion.project_id };
  if (deletion.state === 'STOPPING') {
    const stopped = await stopSome(transaction, deletionId, scope, size);
    if (stopped.done) await save(transaction, deletionId, 'REMOVING', deletion.removed, null);
    return {
      organizationId,
      more: true,
      ...(stopped.restMs === undefined ? {} : { restMs: stopped.restMs }),
      committed: () => {
        parts.notifier.changed(organizationId, stopped.cancelled);
        const now = Date.now();
        for (const webhookId of stopped.webhookIds) parts.waker.wakeAnyway(webhookId, now, organizationId);
      },
    };
  }
  const place: Place = deletion.place ?? { round: 0, table: 0, from: null, found: false };
  const doomed = plan[place.table];
  if (doomed === undefined) {
    await save(transaction, deletionId, 'FINISHED', deletion.removed, null);
    return { organizationId, more: false, committed: nothing };
  }
  if (doomed.root && place.found) {
    // Another round, for what came meanwhile.
    const again = { round: place.round + 1, table: 0, from: null, found: false };
    await save(transaction, deletionId, 'REMOVING', deletion.removed, again);
    return { organizationId, more: true, restMs: 0, committed: nothing };
  }
  const from = place.from ?? beginningOf(doomed, place.round, deletion.created_at);
  const batch = await removeBatch(transaction, doomed, scope, from, doomed.root ? Math.min(size, maxRoots) : size);
  const counts = Object.entries(batch.removed).filter(([, count]) => count > 0);
  const removed = { ...deletion.removed };
  for (const [table, count] of counts) removed[table] = (removed[table] ?? 0) + count;
  const found = place.found || (counts.length > 0 && !doomed.root);
  const ahead = batch.more
    ? { ...place, from: batch.from, found }
    : { ...place, table: place.table + 1, from: null, found };
  await save(transaction, deletionId, 'REMOVING', removed, ahead);
  return { organizationId, more: true, ...(counts.length > 0 ? {} : { restMs: 0 }), committed: nothing };
}

/** Later rounds find only what was under way when the deletion began: their ids are of that time. */
const beginningOf = ({ order }: Doomed, round: number, began: Date): string | null =>
  round > 0 && order?.type === 'uuid' ? firstIdAt(new Date(began.getTime() - lateMs)) : null;

async function save(
  transaction: PoolClient,
  id: string,
  state: DeletionRow['state'],
  removed: DeletionRow['removed'],
  place: Place | null,
): Promise<void> {
  await transaction.query({
    name: 'deletion_went_on',
    text: `UPDATE deletion SET state = $2::deletion_state, removed = $3::json, place = $4::json, version = version + 1,
                  changed_at = clock_timestamp(), finished_at = CASE WHEN $2 = 'FINISHED' THEN clock_timestamp() END
            WHERE id = $1`,
    values: [id, state, JSON.stringify(removed), place && JSON.stringify(place)],
  });
}

/** Deletions that do not go on, for example because Temporal was away when they began. */
export const forgottenDeletions = (pool: Pool): Promise<Forgotten[]> =>
  forgottenInTurns(pool, `deletion WHERE state <> 'FINISHED' AND changed_at < now() - interval '15 seconds'`);
