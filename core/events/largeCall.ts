import type { Pool } from 'pg';
import type { FastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import { leasedIds } from '../deliveries/startDeliveries.ts';
import type { FreshEvent } from './call.ts';
import {
  deliveryValues,
  insertAtOnce,
  insertDeliveries,
  insertValues,
  insertWaiting,
  testValues,
} from './insertStatement.ts';
import { keyedOf } from './keyedOf.ts';
import { type NewEventDelivery, newDeliveries } from './newDeliveries.ts';

/** Deliveries created and stored at a time; fewer while other organizations store events, which wait behind each slice. */
const sliceSize = 1_000;
const sliceBesideOthers = 250;
/** After each slice it pauses for as long as the slice took, but no longer than this. Milliseconds. */
const maxRestMs = 100;

/** Whether the routes have changed since they were read: storing the rest would be useless. */
async function haveChanged(client: Pick<Pool, 'query'>, routes: ReadonlyMap<string, Routes>): Promise<boolean> {
  const { rows } = await client.query<{ id: string; version: string }>({
    name: 'routing_versions',
    text: 'SELECT id, routing_version::text AS version FROM organization WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL',
    values: [[...routes.keys()]],
  });
  return rows.some(({ id, version }) => String(routes.get(id)?.version) !== version);
}

export interface LargeCallParts {
  readonly pool: Pool;
  readonly lane: FastLane;
  /** The process that leases the deliveries which the fast lane takes. */
  readonly processId: string;
  /** Whether other organizations are storing events at the moment. */
  readonly othersWait: () => boolean;
}

/**
 * Stores a call that makes very many deliveries, all or nothing, in a transaction of its own. It works in slices, so that it
 * blocks neither the thread nor the database. Locks that others could wait for (the organization's row, the idempotency keys)
 * are taken last and held briefly.
 *
 * @returns the stored deliveries; null if the routes changed meanwhile: then nothing is stored
 */
export async function storeLarge(
  { pool, lane, processId, othersWait }: LargeCallParts,
  routes: ReadonlyMap<string, Routes>,
  fresh: readonly FreshEvent[],
): Promise<NewEventDelivery[] | null> {
  const stored: NewEventDelivery[] = [];
  const client = await pool.connect();
  let broken = false;
  let committed = false;
  try {
    await client.query('BEGIN');
    await client.query({ ...insertAtOnce, values: insertValues(new Map(), fresh, [], [], processId, routes) });
    const deliveries = newDeliveries(fresh, routes, lane);
    for (;;) {
      const next: NewEventDelivery[] = [];
      const size = othersWait() ? sliceBesideOthers : sliceSize;
      while (next.length < size) {
        const { value } = deliveries.next();
        if (!value) break;
        next.push(value);
      }
      if (next.length === 0) break;
      const beganAt = performance.now();
      lane.own(leasedIds(next));
      for (const each of next) stored.push(each);
      await client.query({ ...insertDeliveries, values: [...deliveryValues(next, processId), testValues(next)] });
      if (await haveChanged(client, routes)) return null;
      const rest = othersWait() ? Math.min(maxRestMs, performance.now() - beganAt) : 0;
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
    const keyed = keyedOf(fresh);
    const { rows } = await client.query({ ...insertWaiting, values: insertValues(routes, [], keyed, [], processId) });
    if (rows.length > 0) return null;
    await client.query('COMMIT');
    committed = true;
    return stored;
  } finally {
    if (!committed) {
      lane.disown(leasedIds(stored));
      await client.query('ROLLBACK').catch(() => {
        broken = true;
      });
    }
    client.release(broken);
  }
}
