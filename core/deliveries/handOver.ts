import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Turns } from '../fairness/turns.ts';
import { release } from './release.ts';

/** Deliveries a statement: some tens of milliseconds of the database's time. */
const sliceSize = 250;
/** How long the database is left to others after a statement, in lengths of that statement. */
const restFactor = 1;

interface Slice {
  readonly ids: readonly string[];
  given(webhookIds: readonly string[]): void;
  failed(error: unknown): void;
}

/**
 * Gives deliveries that are leased to this process to their webhooks' workflows: a few hundred at a time, one organization after
 * the other, with a rest after each. Whoever has thousands waiting for a receiver that does not answer takes half of one
 * connection, and not the database.
 */
export class HandOver {
  readonly #pool: Pool;
  readonly #waiting = new Turns<Slice>();
  #busy = false;
  #hurried = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** From now on without rests: the process ends. */
  hurry(): void {
    this.#hurried = true;
  }

  /**
   * @param given - called once for each part that was given, with its deliveries and the webhooks whose workflows have to be woken
   * @throws what PostgreSQL refused; what was not given stays leased
   */
  async give(
    organizationId: string,
    deliveryIds: readonly string[],
    given: (ids: readonly string[], webhookIds: readonly string[]) => void,
  ): Promise<void> {
    const slices: Promise<void>[] = [];
    for (let from = 0; from < deliveryIds.length; from += sliceSize) {
      const ids = deliveryIds.slice(from, from + sliceSize);
      slices.push(
        new Promise<readonly string[]>((resolve, reject) => {
          this.#waiting.add(organizationId, { ids, given: resolve, failed: reject });
        }).then((webhookIds) => given(ids, webhookIds)),
      );
    }
    void this.#work();
    const failed = (await Promise.allSettled(slices)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let slice = this.#waiting.take(); slice; slice = this.#waiting.take()) {
      const beganAt = performance.now();
      await release(this.#pool, slice.ids).then(slice.given, (error) => {
        // A database that hangs is not waited for once a part.
        for (let other: Slice | undefined = slice; other; other = this.#waiting.take()) other.failed(error);
      });
      if (!this.#hurried) await sleep(restFactor * (performance.now() - beganAt));
    }
    this.#busy = false;
  }
}
