import { WritePacing } from './writePacing.ts';

/** What is written in batches, and how. */
export interface Batches<Item> {
  /** Two writes begin no closer than this, unless enough waits. Milliseconds. */
  readonly intervalMs: number;
  /** Writes under way at once. */
  readonly atOnce: number;
  /** Whether something waits that may be written now. */
  ready(): boolean;
  /** Takes what the next write holds. */
  take(): readonly Item[];
  /** Writes a batch, or half of one, and answers its items. @throws where it cannot, and none of them is answered */
  write(batch: readonly Item[]): Promise<void>;
  /** Whether one item alone may be the reason of an error: then each half is written by itself. */
  isOfOne(error: unknown): boolean;
  /** Answers what could not be written. Must not throw. */
  failed(batch: readonly Item[], error: unknown): void | Promise<void>;
  /** Everything that {@link take} gave is answered. */
  ended(batch: readonly Item[]): void;
}

/**
 * Writes what waits in batches: while one is being written the next gathers, so that a busy process writes large ones and a
 * quiet one writes at once. What one item does to the database costs the others of its batch nothing.
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

  /** Whether something is being written or about to be. */
  get busy(): boolean {
    return this.#running || this.#open > 0;
  }

  /** To be called when something has come, or what held it back has ended. @param hurried - whether it waits for no more to come */
  wake(hurried = false): void {
    if (hurried) this.#pacing.hurry();
    if (this.#running || this.#open >= this.#batches.atOnce) return;
    this.#running = true;
    // What comes in this turn of the event loop goes into the same batch.
    setImmediate(() => void this.#run());
  }

  /** Resolves when nothing is being written or may be. */
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
