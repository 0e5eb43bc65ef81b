import { ConcurrencyQuota } from '../../core/fairness/concurrencyQuota.ts';
import type { OpenInboundWebhook } from '../../core/inbound/openWebhook.ts';
import type { Receiver } from '../../core/inbound/receiver.ts';
import type { RateLimits } from './rateLimit.ts';

/** Look-ups of tokens that nobody sent before: they take few of the database's connections, and one address not all of those. */
const bounds = { maxRunning: 4, maxRunningEach: 2, maxWaitingEach: 500, maxWaiting: 5_000, maxWaitMs: 900 };

/**
 * Finds the webhooks of tokens. One that is known is found at once, whoever else asks. The others are looked up within what an
 * address may try, as keys are: whoever guesses tokens waits behind the own guesses, and soon gets no more looked up.
 */
export class InboundLookUps {
  readonly #receiver: Pick<Receiver, 'knows' | 'find'>;
  readonly #limits: Pick<RateLimits, 'admitCredential' | 'failure'>;
  readonly #quota = new ConcurrencyQuota(bounds);
  /** By address and token: a tracker sends many reports at once. */
  readonly #running = new Map<string, Promise<OpenInboundWebhook | null>>();

  constructor(receiver: Pick<Receiver, 'knows' | 'find'>, limits: Pick<RateLimits, 'admitCredential' | 'failure'>) {
    this.#receiver = receiver;
    this.#limits = limits;
  }

  /**
   * @param address - the client's
   * @returns null for a token that is nobody's
   * @throws ApiError RATE_LIMITED where the address brought too many of those; UNAVAILABLE where too many wait
   */
  find(token: string, address: string): Promise<OpenInboundWebhook | null> {
    if (this.#receiver.knows(token)) return this.#receiver.find(token);
    const key = `${address} ${token}`;
    const running = this.#running.get(key);
    if (running) return running;
    const finding = this.#quota
      .run(address, () => this.#lookUp(token, address))
      .finally(() => this.#running.delete(key));
    this.#running.set(key, finding);
    return finding;
  }

  async #lookUp(token: string, address: string): Promise<OpenInboundWebhook | null> {
    // A key's failures are counted apart: the tracker of a deleted webhook does not use up what people at its address may try.
    const tracker = `inbound ${address}`;
    const isKnown = () => this.#receiver.knows(token);
    await this.#limits.admitCredential(tracker, isKnown);
    const webhook = await this.#receiver.find(token);
    if (webhook === null) await this.#limits.failure(tracker);
    return webhook;
  }
}
