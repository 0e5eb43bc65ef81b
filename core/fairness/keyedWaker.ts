import type { Logger } from 'pino';
import { type GapLengths, Gaps } from '../ground/gaps.ts';
import { Turns } from './turns.ts';

/** What to send for each key, and how. */
export interface Wakes<Wanted> {
  /** Minimum time between two sends for one key. */
  readonly gaps: GapLengths;
  /** How long the first after a quiet time waits for others. Milliseconds. */
  readonly gatherMs: number;
  /** Sends under way at once. */
  readonly atOnce: number;
  /** Sends what a key wants. @throws if that failed; `wanted` then holds what is left */
  send(key: string, wanted: Wanted): Promise<void>;
  /** Merges what a failed send left with what its key wants since. */
  keep(unsent: Wanted, since: Wanted | undefined): Wanted;
  /** Whether to send without regard to the key's gap. */
  isUrgent?(wanted: Wanted): boolean;
  /** Whose turn a send takes. Without it, all take one after another. */
  holderOf?(wanted: Wanted): string;
  /** Rest between a send and the next. Milliseconds. */
  restMs?(tookMs: number): number;
  readonly log: Logger;
  /** Logged once when sends begin to fail. */
  readonly complaint: string;
}

const tickMs = 50;
/** A longer pass ends once each holder had a turn: wakes that came meanwhile take part in the next. Milliseconds. */
const passMs = 500;
const pauseAfterFailureMs = [200, 1_000, 2_000, 5_000];

/**
 * Sends what has gathered for each of many keys: at once after a quiet time, then less and less often. If a send fails, its
 * content is kept and sent again.
 */
export class KeyedWaker<Wanted> {
  readonly #wakes: Wakes<Wanted>;
  readonly #gaps: Gaps;
  readonly #wanted = new Map<string, Wanted>();
  #running: Promise<void> | null = null;
  #failures = 0;
  readonly #pauses = new Set<() => void>();
  #closed = false;

  constructor(wakes: Wakes<Wanted>) {
    this.#wakes = wakes;
    this.#gaps = new Gaps(wakes.gaps);
  }

  /** Number of waiting keys. */
  get size(): number {
    return this.#wanted.size;
  }

  /** What waits for a key. */
  get(key: string): Wanted | undefined {
    return this.#wanted.get(key);
  }

  /** Sets what to send for a key. */
  want(key: string, wanted: Wanted): void {
    this.#wanted.set(key, wanted);
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** Ends a key's gap. */
  hurry(key: string): void {
    this.#gaps.end(key);
  }

  /** Sends what waits, once, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#pauses) end();
    await this.#running;
    await this.#sendAll([...this.#wanted.keys()]);
  }

  async #run(): Promise<void> {
    await this.#pause(this.#wakes.gatherMs);
    while (this.#wanted.size > 0 && !this.#closed) {
      const isCutOff = await this.#sendAll(this.#sendable());
      if (this.#wanted.size > 0 && !isCutOff) await this.#pause(this.#pauseMs());
    }
    this.#running = null;
  }

  /** Ends with the waker: while sends fail, a pause takes seconds. */
  async #pause(ms: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#pauses.add(end);
    });
  }

  #sendable(): string[] {
    const { isUrgent } = this.#wakes;
    return [...this.#wanted]
      .filter(([key, wanted]) => isUrgent?.(wanted) || this.#gaps.remaining(key) === 0)
      .map(([key]) => key);
  }

  #pauseMs(): number {
    if (this.#failures === 0) return tickMs;
    return pauseAfterFailureMs[Math.min(this.#failures, pauseAfterFailureMs.length) - 1] as number;
  }

  /** @returns whether there was more to send than a pass takes */
  async #sendAll(keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return false;
    const { atOnce, restMs, log, complaint } = this.#wakes;
    const turns = this.#turnsOf(keys);
    const beganAt = performance.now();
    const round = turns.holders;
    let sent = 0;
    const errors: unknown[] = [];
    const isOver = () => errors.length > 0 || (sent >= round && performance.now() - beganAt > passMs && !this.#closed);
    const sender = async () => {
      while (!isOver()) {
        const key = turns.take();
        if (key === undefined) break;
        sent++;
        const sendBeganAt = performance.now();
        await this.#send(key).catch((error) => errors.push(error));
        const isLast = turns.size === 0 || errors.length > 0 || this.#closed;
        if (restMs && !isLast) await this.#pause(restMs(performance.now() - sendBeganAt));
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, keys.length) }, sender));
    if (errors.length === 0) this.#failures = 0;
    else if (this.#failures++ === 0) log.warn({ err: errors[0] }, complaint);
    return errors.length === 0 && turns.size > 0;
  }

  #turnsOf(keys: readonly string[]): Turns<string> {
    const { holderOf } = this.#wakes;
    const turns = new Turns<string>();
    for (const key of keys) turns.add(holderOf?.(this.#wanted.get(key) as Wanted) ?? '', key);
    return turns;
  }

  async #send(key: string): Promise<void> {
    const wanted = this.#wanted.get(key) as Wanted;
    this.#wanted.delete(key);
    this.#gaps.begin(key);
    try {
      await this.#wakes.send(key, wanted);
    } catch (error) {
      this.#gaps.end(key);
      this.#wanted.set(key, this.#wakes.keep(wanted, this.#wanted.get(key)));
      throw error;
    }
  }
}
