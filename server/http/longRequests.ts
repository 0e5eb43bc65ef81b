import { type ConcurrencyLimits, ConcurrencyQuota } from '../../core/fairness/concurrencyQuota.ts';
import { ApiError } from '../../core/ground/errors.ts';

/** A longer request, in bytes, waits as bytes while too many of its organization are under way: parsed, it takes up to thirty times as much. */
const longBytes = 16 * 1024;
const usualLimits: ConcurrencyLimits = {
  maxRunning: 48,
  // As many as fill two commits: more at once publish nothing faster.
  maxRunningEach: 12,
  maxWaitingEach: 2_000,
  maxWaiting: 8_000,
  maxWaitMs: 30_000,
};

const nothing = () => {};

/** Bounds how many long GraphQL requests are under way at once, from before they are parsed until their operation has ended. */
export class LongRequests {
  readonly #quota = new ConcurrencyQuota(usualLimits);

  /**
   * Begins a request; a long one waits until there is room.
   *
   * @param bytes - its length
   * @returns a function to call when its operation has ended
   * @throws ApiError UNAVAILABLE if too many wait, or the wait was too long
   */
  async begin(tenant: string, bytes: number): Promise<() => void> {
    if (bytes <= longBytes) return nothing;
    return new Promise((begun, refused) => {
      this.#quota.run(tenant, () => new Promise<void>((end) => begun(end))).catch(refused);
    });
  }
}

/** Checks that a subscription, which keeps its request for as long as it lives, has a short one. @throws ApiError LIMIT_EXCEEDED */
export function checkSubscription(bytes: number): void {
  if (bytes <= longBytes) return;
  throw new ApiError(
    'LIMIT_EXCEEDED',
    `The request for a subscription has at most ${longBytes} bytes: it is kept for as long as the subscription.`,
    'body',
  );
}
