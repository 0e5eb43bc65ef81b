import type { Logger } from 'pino';
import { type Change, type ChangeReader, pageSize, type Scope, startOf } from './changeSource.ts';
import type { Subscription } from './subscription.ts';

/** Most changes whose version is remembered, about 150 bytes each. */
const maxRemembered = 250_000;
const idsPerRead = 1_000;
/** Most ids kept while a read is under way; with more, reading from the floor costs no more. */
const maxWaitingIds = 10_000;

/**
 * One scope's changes, read once for all its subscribers in this process.
 *
 * It remembers two things: the floor, a time before which every change has been offered; and the versions that have been
 * offered since the floor. So a change may be found by its id or by reading again from the floor, any number of times and in
 * any order, and is offered once.
 */
export class ScopeFeed<C extends Change> {
  readonly scope: Scope;
  readonly audience = new Set<Subscription<C>>();
  readonly #reader: ChangeReader<C>;
  readonly #log: Logger;
  readonly #offered = new Map<string, { version: number; changedAt: number }>();
  readonly #ids = new Set<string>();
  #floor = 0;
  /** Set while the table must be read again from the floor: the new floor after that read. */
  #nextFloor: number | undefined;
  #reading = true;
  /** Resolves when changes committed from then on will be offered; earlier ones count as offered. */
  readonly ready: Promise<void>;

  constructor(scope: Scope, reader: ChangeReader<C>, log: Logger) {
    this.scope = scope;
    this.#reader = reader;
    this.#log = log;
    this.ready = this.#begin();
  }

  /** Every change before this time has been offered to the audience, in milliseconds by PostgreSQL's clock. */
  get floor(): number {
    return this.#floor;
  }

  /** These may have changed. */
  hint(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
    if (this.#ids.size > maxWaitingIds) this.#nextFloor ??= this.#floor;
    this.#wake();
  }

  /** There may be changes without a hint: reads from the floor on, then raises it. */
  catchUp(complete: number): void {
    this.#nextFloor = Math.max(complete, this.#nextFloor ?? 0);
    this.#wake();
  }

  /** No change is missing between the floor and this time. */
  raiseFloor(complete: number): void {
    if (complete <= this.#floor) return;
    this.#floor = complete;
    for (const [id, { changedAt }] of this.#offered) if (changedAt < complete) this.#offered.delete(id);
  }

  async #begin(): Promise<void> {
    const { complete } = await this.#reader.watermark();
    this.#floor = complete;
    await this.#readFromFloor((change) => this.#isNews(change));
    void this.#read();
  }

  #wake(): void {
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const offer = (change: C) => {
      if (this.#isNews(change)) for (const subscription of this.audience) subscription.offer(change);
    };
    try {
      while (this.#ids.size > 0 || this.#nextFloor !== undefined) {
        if (this.#nextFloor !== undefined) {
          const floor = this.#nextFloor;
          this.#nextFloor = undefined;
          this.#ids.clear();
          await this.#readFromFloor(offer);
          this.raiseFloor(floor);
        } else {
          const ids = [...this.#ids].slice(0, idsPerRead);
          for (const id of ids) this.#ids.delete(id);
          for (const change of await this.#reader.byIds(this.scope, ids)) offer(change);
        }
      }
    } catch (error) {
      // The changes that could not be read are above the floor, where the next catch-up finds them.
      this.#log.warn({ err: error, scope: this.scope }, 'live changes could not be read; trying again soon');
    } finally {
      this.#reading = false;
    }
  }

  async #readFromFloor(each: (change: C) => void): Promise<void> {
    let position = startOf(this.#floor);
    for (;;) {
      const page = await this.#reader.after(this.scope, position);
      page.forEach(each);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      position = { time: last.changedAt, id: last.id };
    }
  }

  #isNews({ id, version, changedAt }: C): boolean {
    if (changedAt < this.#floor) return false;
    const offered = this.#offered.get(id);
    if (offered !== undefined && offered.version >= version) return false;
    this.#offered.delete(id);
    this.#offered.set(id, { version, changedAt });
    if (this.#offered.size > maxRemembered) this.#forgetOldest();
    return true;
  }

  /**
   * Happens only where an old transaction holds the floor back under a heavy load. Bounding memory is then worth more than
   * changes which that transaction may still commit.
   */
  #forgetOldest(): void {
    for (const [id, { changedAt }] of this.#offered) {
      if (this.#offered.size <= maxRemembered) return;
      this.#offered.delete(id);
      this.#floor = Math.max(this.#floor, changedAt + 1);
    }
  }
}
