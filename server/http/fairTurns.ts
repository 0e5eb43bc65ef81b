import { Turns } from '../../core/fairness/turns.ts';

/**
 * Gives work that outside callers cause a fixed share of this thread's time, in short pieces, in turns among the callers.
 * Work that fits into the share runs at once.
 */
export class FairTurns {
  readonly #share: number;
  readonly #burstMs: number;
  /** Milliseconds that may be spent now; negative after a piece that took longer. */
  #credit: number;
  #countedAt = performance.now();
  readonly #waiting = new Turns<() => void>();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param share - of this thread's time, 0 to 1
   * @param burstMs - how much time may be spent in one go, in milliseconds
   */
  constructor(share: number, burstMs: number) {
    this.#share = share;
    this.#burstMs = burstMs;
    this.#credit = burstMs;
  }

  /** Runs a piece of work now if nobody waits and there is time left. @returns whether it ran */
  now(work: () => void): boolean {
    if (this.#waiting.size > 0 || this.#left() <= 0) return false;
    this.#do(work);
    return true;
  }

  /** Runs a piece of work when it is its holder's turn. The work must not throw. */
  later(holder: string, work: () => void): void {
    this.#waiting.add(holder, work);
    this.#wait();
  }

  #left(): number {
    const now = performance.now();
    this.#credit = Math.min(this.#burstMs, this.#credit + (now - this.#countedAt) * this.#share);
    this.#countedAt = now;
    return this.#credit;
  }

  #do(work: () => void): void {
    const beganAt = performance.now();
    work();
    this.#credit -= performance.now() - beganAt;
  }

  #wait(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.#run();
      },
      Math.max(1, (this.#burstMs / 2 - this.#credit) / this.#share),
    );
  }

  #run(): void {
    while (this.#left() > 0) {
      const work = this.#waiting.take();
      if (!work) return;
      this.#do(work);
    }
    if (this.#waiting.size > 0) this.#wait();
  }
}
