import { Turns } from '../../core/fairness/turns.ts';

/** Whose a request is: tenants take turns, and within a tenant its webhooks do. */
export interface Sender {
  readonly tenant: string;
  readonly webhook: string;
}

/**
 * Gives work that outside callers cause a fixed share of this thread's time, in short pieces, in turns among the senders.
 * Work that fits into the share runs at once.
 */
export class FairTurns {
  readonly #share: number;
  readonly #burstMs: number;
  /** Milliseconds that may be spent now; negative after a piece that took longer. */
  #credit: number;
  #countedAt = performance.now();
  /** Tenants, once for each piece of work that waits. */
  readonly #tenants = new Turns<string>();
  readonly #waiting = new Map<string, Turns<() => void>>();
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
    if (this.#tenants.size > 0 || this.#left() <= 0) return false;
    this.#do(work);
    return true;
  }

  /** Runs a piece of work when it is its sender's turn. The work must not throw. */
  later({ tenant, webhook }: Sender, work: () => void): void {
    const own = this.#waiting.get(tenant) ?? new Turns();
    this.#waiting.set(tenant, own);
    own.add(webhook, work);
    this.#tenants.add(tenant, tenant);
    this.#wait();
  }

  #next(): (() => void) | undefined {
    const tenant = this.#tenants.take();
    if (tenant === undefined) return undefined;
    const own = this.#waiting.get(tenant);
    const work = own?.take();
    if (own?.size === 0) this.#waiting.delete(tenant);
    return work;
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
      const work = this.#next();
      if (!work) return;
      this.#do(work);
    }
    if (this.#tenants.size > 0) this.#wait();
  }
}
