import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Turns } from '../fairness/turns.ts';
import { release, type Withholding } from './release.ts';

/** Deliveries per statement: this takes the database some tens of milliseconds. */
const sliceSize = 250;
/** Rest after a statement, as a multiple of its duration. */
const restFactor = 1;

interface Slice {
  readonly ids: readonly string[];
  readonly withheld: Withholding | null;
  given(webhookIds: readonly string[]): void;
  failed(error: unknown): void;
}

/**
 * Hands deliveries that are leased to this process to their webhooks' workflows, a few hundred at a time. Organizations take
 * turns, and each statement is followed by a rest: thousands of deliveries to a receiver that does not answer take half of one
 * connection, not the whole database.
 */
export class HandOver {
  readonly #pool: Pool;
  readonly #waiting = new Turns<Slice>();
  #busy = false;
  #hurried = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Ends the rests: the process is closing. */
  hurry(): void {
    this.#hurried = true;
  }

  /**
   * @param given - called for each slice that was handed over, with its deliveries and the webhooks whose workflows must be woken
   * @param withheld - why they could not be sent here, by the installation's fault; null if that is not the reason
   * @throws PostgreSQL's error; deliveries that were not handed over stay leased
   */
  async give(
    organizationId: string,
    deliveryIds: readonly string[],
    given: (ids: readonly string[], webhookIds: readonly string[]) => void,
    withheld: Withholding | null = null,
  ): Promise<void> {
    const slices: Promise<void>[] = [];
    for (let from = 0; from < deliveryIds.length; from += sliceSize) {
      const ids = deliveryIds.slice(from, from + sliceSize);
      slices.push(
        new Promise<readonly string[]>((resolve, reject) => {
          this.#waiting.add(organizationId, { ids, withheld, given: resolve, failed: reject });
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
      await release(this.#pool, slice.ids, slice.withheld).then(slice.given, (error) => {
        // If the database fails, all waiting slices fail: each would wait for it again.
        for (let other: Slice | undefined = slice; other; other = this.#waiting.take()) other.failed(error);
      });
      if (!this.#hurried) await sleep(restFactor * (performance.now() - beganAt));
    }
    this.#busy = false;
  }
}
