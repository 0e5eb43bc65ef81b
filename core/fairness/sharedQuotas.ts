import { SharedQuota } from './quota.ts';

/** Bounds how many of something each tenant may have at a time, shared among its holders as in {@link SharedQuota}. */
export class SharedQuotas {
  readonly #max: number;
  /** Of the tenants that have some. */
  readonly #quotas = new Map<string, SharedQuota>();

  /** @param max - most of all holders of a tenant together */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one. @returns a function that gives it back, once, however often it is called; null where the holder may not have one now */
  acquire(tenant: string, holder: string): (() => void) | null {
    const quota = this.#quotas.get(tenant) ?? new SharedQuota(this.#max);
    const release = quota.acquire(holder);
    if (release === null) return null;
    this.#quotas.set(tenant, quota);
    return () => {
      release();
      if (quota.taken === 0 && this.#quotas.get(tenant) === quota) this.#quotas.delete(tenant);
    };
  }
}
