import type { Pool, PoolClient } from 'pg';
import { Places } from '../fairness/places.ts';
import type { Notifier } from '../live/notifier.ts';
import type { Envelope } from '../profiles/profile.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { idsByOrganization } from './byOrganization.ts';
import { Asked, type FastLane } from './fastLane.ts';
import type { ProcessLease } from './processLease.ts';
import { type DeliverableWebhook, loadWebhook } from './routing.ts';
import type { Waker } from './waker.ts';

/** A delivery that somebody asked for, instead of an event that was published. */
export interface DirectDelivery {
  readonly envelope: Envelope;
  readonly webhook: DeliverableWebhook;
  readonly isTest: boolean;
  readonly replayOfId: string | null;
}

/** What a direct delivery's transaction may do beside storing it. */
export interface DirectWork {
  readonly transaction: PoolClient;
  /**
   * Webhooks as they are now, and as they stay until the transaction ends: none of them is disabled meanwhile. To be called
   * once in a transaction.
   */
  webhooks(ids: readonly string[]): Promise<ReadonlyMap<string, DeliverableWebhook>>;
  /** Stores deliveries, which leave when the transaction has committed. */
  add(deliveries: readonly DirectDelivery[]): Promise<void>;
}

interface Decided {
  readonly delivery: DirectDelivery;
  /** Whether this process attempts it at once. */
  readonly leased: boolean;
}

const leasedIds = (decided: readonly Decided[]): string[] =>
  decided.filter(({ leased }) => leased).map(({ delivery }) => delivery.envelope.deliveryId);

/** Stores deliveries that somebody asked for, and sends them by the same ways as any other. */
export class DirectDeliveries {
  readonly #turns = new Places({ places: 4, placesEach: 2, waitingEach: 1_000, waiting: 5_000, patienceMs: 30_000 });
  readonly #pool: Pool;
  readonly #keys: KeyRing;
  readonly #dispatcher: FastLane;
  readonly #waker: Waker;
  readonly #lease: Pick<ProcessLease, 'id'>;
  readonly #notifier: Notifier;

  constructor(parts: {
    pool: Pool;
    keys: KeyRing;
    dispatcher: FastLane;
    waker: Waker;
    lease: Pick<ProcessLease, 'id'>;
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
   * Runs one transaction; what it added is under way when this resolves.
   *
   * @param tenant - in whose turn it is: each transaction holds a connection, mostly while it waits for locks of its own organization
   */
  run<T>(tenant: string, work: (parts: DirectWork) => Promise<T>): Promise<T> {
    return this.#turns.take(tenant, () => this.#run(work));
  }

  async #run<T>(work: (parts: DirectWork) => Promise<T>): Promise<T> {
    const transaction = await this.#pool.connect();
    const added: Decided[] = [];
    let broken = false;
    try {
      await transaction.query('BEGIN');
      const result = await work({
        transaction,
        webhooks: (ids) => this.#lock(transaction, ids),
        add: async (deliveries) => {
          const decided = this.#decide(deliveries);
          added.push(...decided);
          this.#dispatcher.own(leasedIds(decided));
          await this.#store(transaction, decided);
        },
      });
      await transaction.query('COMMIT');
      this.#start(added);
      return result;
    } catch (error) {
      await transaction.query('ROLLBACK').catch(() => {
        broken = true;
      });
      this.#dispatcher.disown(leasedIds(added));
      throw error;
    } finally {
      transaction.release(broken);
    }
  }

  async #lock(transaction: PoolClient, ids: readonly string[]): Promise<Map<string, DeliverableWebhook>> {
    // In the order in which everybody locks several of these rows.
    await transaction.query(
      'SELECT FROM webhook_state WHERE webhook_id = ANY ($1::uuid[]) ORDER BY webhook_id FOR SHARE',
      [ids],
    );
    const found = new Map<string, DeliverableWebhook>();
    for (const id of [...new Set(ids)].sort()) {
      const webhook = await loadWebhook(transaction, this.#keys, id);
      if (webhook) found.set(id, webhook);
    }
    return found;
  }

  /** Which of them this process attempts at once. */
  #decide(deliveries: readonly DirectDelivery[]): Decided[] {
    const asked = new Asked(this.#dispatcher);
    return deliveries.map((delivery) => ({ delivery, leased: asked.hasRoom(delivery.webhook, delivery.isTest) }));
  }

  async #store(transaction: PoolClient, decided: readonly Decided[]) {
    const envelopes = decided.map(({ delivery }) => delivery.envelope);
    await transaction.query({
      name: 'direct_deliveries',
      text: `
        INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by,
                              next_attempt_at, is_test, replay_of_id, created_at, changed_at)
        SELECT d.*, clock_timestamp(), clock_timestamp()
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::delivery_status[],
                      $8::uuid[], $9::timestamptz[], $10::boolean[], $11::uuid[]) AS d`,
      values: [
        envelopes.map((e) => e.deliveryId),
        envelopes.map((e) => e.organizationId),
        decided.map(({ delivery }) => delivery.webhook.projectId),
        envelopes.map((e) => e.webhookId),
        envelopes.map((e) => e.eventId),
        envelopes.map((e) => e.eventType),
        decided.map(({ leased }) => (leased ? 'SENDING' : 'PENDING')),
        decided.map(({ leased }) => (leased ? this.#lease.id : null)),
        decided.map(({ leased }) => (leased ? null : new Date())),
        decided.map(({ delivery }) => delivery.isTest),
        decided.map(({ delivery }) => delivery.replayOfId),
      ],
    });
  }

  #start(added: readonly Decided[]): void {
    for (const { delivery, leased } of added) {
      if (!leased) this.#waker.wake(delivery.envelope.webhookId, Date.now());
    }
    this.#dispatcher.dispatch(
      added
        .filter(({ leased }) => leased)
        .map(({ delivery: { webhook, envelope, isTest } }) => ({ webhook, attempt: 1, envelope, isTest })),
    );
    const changed = idsByOrganization(added.map(({ delivery }) => delivery.envelope));
    for (const [organizationId, ids] of changed) this.#notifier.changed(organizationId, ids);
  }
}
