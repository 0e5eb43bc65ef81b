import type { Pool } from 'pg';
import { v7 } from 'uuid';
import { notFound } from '../errors.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ProcessLease } from './processLease.ts';
import { type DeliverableWebhook, loadWebhook } from './routing.ts';
import type { Waker } from './waker.ts';

/** Sends a profile's synthetic event to one webhook, by the same way as any other delivery. */
export class TestEvents {
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  readonly #dispatcher: Dispatcher;
  readonly #waker: Waker;
  readonly #lease: ProcessLease;
  readonly #notifier: Notifier;

  constructor(parts: {
    pool: Pool;
    keys: KeyRing;
    dispatcher: Dispatcher;
    waker: Waker;
    lease: ProcessLease;
    notifier: Notifier;
  }) {
    this.#pool = parts.pool;
    this.#keys = parts.keys;
    this.#dispatcher = parts.dispatcher;
    this.#waker = parts.waker;
    this.#lease = parts.lease;
    this.#notifier = parts.notifier;
  }

  /**
   * The caller has checked that its principal may do this.
   *
   * @returns the delivery's id
   */
  async send(webhookId: string): Promise<string> {
    const webhook = await loadWebhook(this.#pool, this.#keys, webhookId);
    if (!webhook) throw notFound('webhook');
    const leased = this.#dispatcher.hasRoom(webhook, 1);
    const envelope = await this.#store(webhook, leased);
    if (leased) this.#dispatcher.dispatch([{ webhook, attempt: 1, envelope }]);
    else this.#waker.wake(webhookId, Date.now());
    this.#notifier.changed(webhook.organizationId, [envelope.deliveryId]);
    return envelope.deliveryId;
  }

  async #store(webhook: DeliverableWebhook, leased: boolean) {
    const { testEvent } = webhook.profile;
    const envelope = {
      deliveryId: v7(),
      eventId: v7(),
      eventType: testEvent.type,
      occurredAt: testEvent.occurredAt,
      organizationId: webhook.organizationId,
      projectId: webhook.projectId,
      webhookId: webhook.id,
      data: testEvent.data,
      previous: null,
    };
    await this.#pool.query(
      `WITH e AS (
         INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, is_test)
         VALUES ($1, $2, $3, $4, $5, $6, true)
       )
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by, next_attempt_at, is_test)
       VALUES ($7, $2, $3, $8, $1, $4, $9::delivery_status, $10, $11, true)`,
      [
        envelope.eventId,
        envelope.organizationId,
        envelope.projectId,
        envelope.eventType,
        envelope.data,
        envelope.occurredAt,
        envelope.deliveryId,
        webhook.id,
        leased ? 'SENDING' : 'PENDING',
        leased ? this.#lease.id : null,
        leased ? null : new Date(),
      ],
    );
    return envelope;
  }
}
