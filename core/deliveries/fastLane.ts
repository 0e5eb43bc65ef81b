import type { Dispatcher } from './dispatcher.ts';
import type { DeliverableWebhook } from './routing.ts';

/** What makes first attempts at once, as far as it has room. */
export type FastLane = Pick<Dispatcher, 'hasRoom' | 'own' | 'disown' | 'dispatch'>;

/** For a process that attempts nothing itself: its events' deliveries are left to their webhooks' workflows. */
export const noFastLane: FastLane = { hasRoom: () => false, own() {}, disown() {}, dispatch() {} };

/** Asks for room for deliveries that are to be stored together: what was found for one is not there for the next. */
export class Asked {
  readonly #lane: FastLane;
  readonly #ofWebhook = new Map<string, number>();
  readonly #ofOrganization = new Map<string, number>();

  constructor(lane: FastLane) {
    this.#lane = lane;
  }

  /** Whether the webhook's next delivery can be attempted here at once; if so, it is counted. */
  hasRoom(webhook: DeliverableWebhook, isTest = false): boolean {
    const { id, organizationId } = webhook;
    const ofWebhook = (this.#ofWebhook.get(id) ?? 0) + 1;
    const ofOrganization = (this.#ofOrganization.get(organizationId) ?? 0) + 1;
    if (!this.#lane.hasRoom(webhook, ofWebhook, ofOrganization, isTest)) return false;
    this.#ofWebhook.set(id, ofWebhook);
    this.#ofOrganization.set(organizationId, ofOrganization);
    return true;
  }
}
