import type { Dispatcher } from './dispatcher.ts';
import type { DeliverableWebhook } from './routing.ts';

/** Makes first attempts at once while it has room. */
export type FastLane = Pick<Dispatcher, 'hasRoom' | 'own' | 'disown' | 'dispatch'>;

/** For processes that make no attempts: their events' deliveries go to their webhooks' workflows. */
export const noFastLane: FastLane = { hasRoom: () => false, own() {}, disown() {}, dispatch() {} };

/** Asks for room for deliveries that are stored together: each one counts for the next. */
export class Asked {
  readonly #lane: FastLane;
  readonly #ofWebhook = new Map<string, number>();
  readonly #ofOrganization = new Map<string, number>();
  readonly #bytes = new Map<string, number>();

  constructor(lane: FastLane) {
    this.#lane = lane;
  }

  /**
   * Whether the webhook's next delivery can be attempted here at once. If so, it is counted.
   *
   * @param bytes - of texts that would be read for it; 0 for what is in memory anyhow
   */
  hasRoom(webhook: DeliverableWebhook, isTest = false, bytes = 0): boolean {
    const { id, organizationId } = webhook;
    const ofWebhook = (this.#ofWebhook.get(id) ?? 0) + 1;
    const ofOrganization = (this.#ofOrganization.get(organizationId) ?? 0) + 1;
    const inAll = (this.#bytes.get(organizationId) ?? 0) + bytes;
    if (!this.#lane.hasRoom(webhook, ofWebhook, ofOrganization, isTest, inAll)) return false;
    this.#bytes.set(organizationId, inAll);
    this.#ofWebhook.set(id, ofWebhook);
    this.#ofOrganization.set(organizationId, ofOrganization);
    return true;
  }
}
