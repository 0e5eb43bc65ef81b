import { SharedQuota } from './quota.ts';

const windowMs = 1_000;

/**
 * Bounds how much each tenant may do in a second, shared among its holders as in {@link SharedQuota}: one alone gets three
 * quarters, so something is left for each other one, however fast it is.
 */
export class SharedRates {
  readonly #perSecond: number;
  readonly #now: () => number;
  #beganAt = Number.NEGATIVE_INFINITY;
  /** Of this second. */
  readonly #quotas = new Map<string, SharedQuota>();

  /** @param perSecond - of all holders of a tenant together */
  constructor(perSecond: number, now = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Takes one. @returns whether the holder may have it; if not, it may again in a second */
  take(tenant: string, holder: string): boolean {
    const now = this.#now();
    if (now - this.#beganAt >= windowMs) {
      this.#beganAt = now;
      this.#quotas.clear();
    }
    let quota = this.#quotas.get(tenant);
    if (quota === undefined) {
      quota = new SharedQuota(this.#perSecond);
      this.#quotas.set(tenant, quota);
    }
    return quota.take(holder);
  }
}
