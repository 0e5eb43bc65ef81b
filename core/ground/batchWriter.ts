import { WritePacing } from './writePacing.ts';

/** What to write in batches, and how. */
export interface Batches<Item> {
  /** Minimum time between the starts of two writes, unless hurried. Milliseconds. */
  readonly intervalMs: number;
  /** Maximum of concurrent writes. */
  readonly atOnce: number;
  /** Whether something waits that may be written now. */
  ready(): boolean;
  /** Takes the next batch. */
  take(): readonly Item[];
  /**
   * Writes a batch, or half of one, and answers its items. It may refuse some of them and not write those; given them again, it
   * leaves them out.
   *
   * @throws if nothing was written; no item has succeeded then
   */
  write(batch: readonly Item[]): Promise<void>;
  /** Whether a single item may have caused an error: then each half is written by itself. */
  isOfOne(error: unknown): boolean;
  /** Answers what could not be written. Must not throw. */
  failed(batch: readonly Item[], error: unknown): void | Promise<void>;
  /** Called when all items of a batch are answered. */
  ended(batch: readonly Item[]): void;
}

/**
 * Writes waiting items in batches. While one batch is being written the next gathers, so that a busy process writes large
 * batches and a quiet one writes at once. An item that the database refuses does not fail the others of its batch.
 */
export class BatchWriter<Item> {
  readonly #batches: Batches<Item>;
  readonly #pacing: WritePacing;
  #open = 0;
  #running = false;
  #onIdle: (() => void)[] = [];

  constructor(batches: Batches<Item>) {
    this.#batches = batches;
    this.#pacing = new WritePacing(batches.intervalMs);
  }

  /** Whether a write is under way or about to begin. */
  get busy(): boolean {
    return this.#running || this.#open > 0;
  }

  /** Call this when `ready` may have become true. @param hurried - skip the rest of the interval */
  wake(hurried = false): void {
    if (hurried) this.#pacing.hurry();
    if (this.#running || this.#open >= this.#batches.atOnce) return;
    this.#running = true;
    // Items that come in this turn of the event loop go into the same batch.
    setImmediate(() => void this.#run());
  }

  /** Resolves when nothing is under way or ready. */
  async drained(): Promise<void> {
    if (this.busy) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#open < this.#batches.atOnce && this.#batches.ready()) {
      await this.#pacing.turn();
      void this.#begin(this.#batches.take());
    }
    this.#running = false;
    if (!this.busy) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #begin(batch: readonly Item[]): Promise<void> {
    this.#open++;
    await this.#write(batch);
    this.#open--;
    this.#batches.ended(batch);
    if (!this.#running) void this.#run();
  }

  async #write(batch: readonly Item[]): Promise<void> {
    try {
      await this.#batches.write(batch);
    } catch (error) {
      if (batch.length === 1 || !this.#batches.isOfOne(error)) return this.#batches.failed(batch, error);
      const middle = batch.length >> 1;
      await this.#write(batch.slice(0, middle));
      await this.#write(batch.slice(middle));
    }
  }
}
