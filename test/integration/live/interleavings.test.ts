import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliverySubscription } from '../../../core/live/liveFeed.ts';
import { change, Installation, type LiveProcess } from './installation.ts';

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.start();
});
afterAll(() => installation.stop());

/** Deliveries 0–3 are changed in one transaction that stays open for a while, 4–7 in another, the rest at once. */
const slots = 2;
const perSlot = 4;
const count = 16;

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('change' as const), row: fc.nat(count - 1), told: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('commit' as const), slot: fc.nat(slots - 1), told: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback' as const), slot: fc.nat(slots - 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume' as const), elsewhere: fc.boolean() }) },
  ),
  { minLength: 10, maxLength: 50 },
);

/** A client that reads all the time, over any number of subscriptions, and checks that none tells a version twice. */
class SteadyClient {
  readonly latest = new Map<string, number>();
  #cursor: string;
  #wake = () => {};
  #subscription: DeliverySubscription | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(cursor: string) {
    this.#cursor = cursor;
  }

  async resume(live: LiveProcess, organizationId: string): Promise<void> {
    await this.close();
    const signal = new AbortController().signal;
    this.#subscription = live.feed.deliveries({ organizationId, after: this.#cursor, signal });
    this.#reading = this.#read(this.#subscription);
  }

  async #read(subscription: DeliverySubscription): Promise<void> {
    const told = new Map<string, number>();
    for await (const batch of subscription) {
      for (const { id, version, cursor } of batch) {
        expect(version).toBeGreaterThan(told.get(id) ?? 0);
        told.set(id, version);
        this.latest.set(id, version);
        this.#cursor = cursor;
      }
      this.#wake();
    }
  }

  async close(): Promise<void> {
    await this.#subscription?.return?.();
    await this.#reading;
  }

  /** Resolves when it has the table's version of every delivery. */
  async agreesWith(table: ReadonlyMap<string, number>): Promise<void> {
    while ([...table].some(([id, version]) => version > 1 && this.latest.get(id) !== version)) {
      await Promise.race([this.#reading, new Promise<void>((wake) => (this.#wake = wake))]);
    }
  }
}

describe('the live feed', () => {
  it('ends up telling what the table says, however commits, lost notifications, lost connections and resumes interleave', async () => {
    // No margin at all: what keeps the promise here is the watermark.
    const options = { catchUpMs: 10, overlapMs: 0 };
    const processes = [installation.process(options), installation.process(options)];
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const organizationId = randomUUID();
        const ids = await installation.insert(organizationId, count);
        const [live, other] = processes as [LiveProcess, LiveProcess];
        const open: (pg.PoolClient | undefined)[] = Array(slots).fill(undefined);
        const client = new SteadyClient(await live.feed.cursor(organizationId));
        await client.resume(live, organizationId);

        async function finish(slot: number, command: 'COMMIT' | 'ROLLBACK'): Promise<void> {
          const connection = open[slot];
          open[slot] = undefined;
          await connection?.query(command);
          connection?.release();
        }

        async function take(step: (typeof script)[number]): Promise<void> {
          switch (step.kind) {
            case 'change': {
              const id = ids[step.row] as string;
              const slot = Math.floor(step.row / perSlot);
              if (slot >= slots) {
                await change(installation.pool, [id]);
              } else {
                const connection = open[slot] ?? (await installation.pool.connect());
                if (open[slot] === undefined) await connection.query('BEGIN');
                open[slot] = connection;
                await change(connection, [id]);
              }
              // Within the open transaction this tells too early, which must do no harm.
              if (step.told) other.notifier.changed(organizationId, [id]);
              return;
            }
            case 'commit':
              await finish(step.slot, 'COMMIT');
              if (step.told)
                other.notifier.changed(organizationId, ids.slice(step.slot * perSlot, (step.slot + 1) * perSlot));
              return;
            case 'rollback':
              return finish(step.slot, 'ROLLBACK');
            case 'kill':
              await installation.killListeners();
              return;
            case 'resume':
              return client.resume(step.elsewhere ? other : live, organizationId);
          }
        }

        for (const step of script) await take(step);
        for (let slot = 0; slot < slots; slot++) await finish(slot, 'COMMIT');
        await client.agreesWith(await installation.versions(organizationId));
        await client.close();
      }),
      { numRuns: 60 },
    );
  });
});
