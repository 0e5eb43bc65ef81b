import type { Pool } from 'pg';
import type { FastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import { leasedIds, type NewDelivery } from '../deliveries/startDeliveries.ts';
import type { FreshEvent } from './call.ts';
import { deliveryValues, insertAtOnce, insertDeliveries, insertValues, insertWaiting } from './insertStatement.ts';
import { keyedOf } from './keyedOf.ts';
import { newDeliveries } from './newDeliveries.ts';

/** Deliveries that are made and stored in one go. */
const slice = 1_000;
/** After a slice as long as it took is left to others, and no longer than this. Milliseconds. */
const longestRestMs = 100;

/** Whether a webhook was changed since the routes were read: the rest would be stored in vain. */
async function haveChanged(client: Pick<Pool, 'query'>, routes: ReadonlyMap<string, Routes>): Promise<boolean> {
  const { rows } = await client.query<{ id: string; version: string }>({
    name: 'routing_versions',
    text: 'SELECT id, routing_version::text AS version FROM organization WHERE id = ANY ($1::uuid[])',
    values: [[...routes.keys()]],
  });
  return rows.some(({ id, version }) => String(routes.get(id)?.version) !== version);
}

export interface LargeCallParts {
  readonly pool: Pool;
  readonly lane: FastLane;
  /** Who leases the deliveries that the fast lane takes. */
  readonly processId: string;
  /** Whether others store something meanwhile. */
  readonly othersWait: () => boolean;
}

/**
 * Stores a call that makes very many deliveries, all or nothing: in one transaction of its own, a slice at a time, so that
 * neither the thread nor the database is taken from others. What others could wait for comes last, and is held for a moment:
 * its organization's row, and its idempotency keys.
 *
 * @returns what was stored; null, and nothing is, where the routes have changed meanwhile
 */
export async function storeLarge(
  { pool, lane, processId, othersWait }: LargeCallParts,
  routes: ReadonlyMap<string, Routes>,
  fresh: readonly FreshEvent[],
): Promise<NewDelivery[] | null> {
  const stored: NewDelivery[] = [];
  const client = await pool.connect();
  let broken = false;
  let committed = false;
  try {
    await client.query('BEGIN');
    await client.query({ ...insertAtOnce, values: insertValues(new Map(), fresh, [], [], processId) });
    const deliveries = newDeliveries(fresh, routes, lane);
    for (;;) {
      const next: NewDelivery[] = [];
      while (next.length < slice) {
        const { value } = deliveries.next();
        if (!value) break;
        next.push(value);
      }
      if (next.length === 0) break;
      const beganAt = performance.now();
      lane.own(leasedIds(next));
      for (const each of next) stored.push(each);
      await client.query({ ...insertDeliveries, values: deliveryValues(next, processId) });
      if (await haveChanged(client, routes)) return null;
      const rest = othersWait() ? Math.min(longestRestMs, performance.now() - beganAt) : 0;
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
