import type { Pool, PoolClient } from 'pg';
import { ConcurrencyQuota } from '../fairness/concurrencyQuota.ts';
import { labelDeliveries } from '../labels/labelRows.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { EnvelopeHead } from './envelopeRow.ts';
import { Asked } from './fastLane.ts';
import type { ProcessLease } from './processLease.ts';
import { type DeliverableWebhook, loadWebhook } from './routing.ts';
import { leasedIds, type NewDelivery, newStatus, type StartParts, startDeliveries } from './startDeliveries.ts';
import type { DeliveryTask } from './task.ts';

/** A delivery that a person requested: a replay or a test. Its event is stored: its texts are read where this process sends it. */
export interface DirectDelivery {
  readonly envelope: EnvelopeHead;
  /** Length of its event's texts. */
  readonly bytes: number;
  readonly webhook: DeliverableWebhook;
  readonly isTest: boolean;
  readonly replayOfId: string | null;
}

/** The transaction of direct deliveries. */
export interface DirectWork {
  readonly transaction: PoolClient;
  /**
   * Reads and locks webhooks: none of them is disabled before the transaction ends. To be called once in a transaction.
   */
  webhooks(ids: readonly string[]): Promise<ReadonlyMap<string, DeliverableWebhook>>;
  /** Stores deliveries; they start when the transaction has committed. */
  add(deliveries: readonly DirectDelivery[]): Promise<void>;
}

interface NewDirectDelivery extends NewDelivery {
  readonly replayOfId: string | null;
}

export interface DirectParts extends StartParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly lease: Pick<ProcessLease, 'id'>;
}

/** Bytes of texts that one transaction reads, or one event's. What is beyond that, the webhooks' workflows send. */
const maxTextBytes = 8 * 1024 * 1024;

/** Stores requested deliveries and starts them like any other. */
export class DirectDeliveries {
  readonly #turns = new ConcurrencyQuota({
    maxRunning: 4,
    maxRunningEach: 2,
    maxWaitingEach: 1_000,
    maxWaiting: 5_000,
    maxWaitMs: 30_000,
  });
  readonly #parts: DirectParts;

  constructor(parts: DirectParts) {
    this.#parts = parts;
  }

  /**
   * Runs one transaction. When this resolves, its deliveries have started.
   *
   * @param tenant - tenants take turns: a transaction holds a connection, mostly while it waits for locks of its organization
   */
  run<T>(tenant: string, work: (parts: DirectWork) => Promise<T>): Promise<T> {
    return this.#turns.run(tenant, () => this.#run(work));
  }

  async #run<T>(work: (parts: DirectWork) => Promise<T>): Promise<T> {
    const { pool, dispatcher } = this.#parts;
    const transaction = await pool.connect();
    const added: NewDirectDelivery[] = [];
    const tasks: DeliveryTask[] = [];
    let broken = false;
    try {
      await transaction.query('BEGIN');
      const result = await work({
        transaction,
        webhooks: (ids) => this.#lock(transaction, ids),
        add: async (deliveries) => {
          const decided = this.#decide(deliveries);
          added.push(...decided);
          dispatcher.own(leasedIds(decided));
          await this.#store(transaction, decided);
          tasks.push(...(await leasedTasks(transaction, decided)));
        },
      });
      await transaction.query('COMMIT');
      startDeliveries(this.#parts, added, tasks);
      return result;
    } catch (error) {
      await transaction.query('ROLLBACK').catch(() => {
        broken = true;
      });
      dispatcher.disown(leasedIds(added));
      throw error;
    } finally {
      transaction.release(broken);
    }
  }

  async #lock(transaction: PoolClient, ids: readonly string[]): Promise<Map<string, DeliverableWebhook>> {
    // All code locks these rows in this order.
    await transaction.query(
      'SELECT FROM webhook_state WHERE webhook_id = ANY ($1::uuid[]) ORDER BY webhook_id FOR SHARE',
      [ids],
    );
    // A pause neither begins nor ends before the commit: what is stored as held is sent when it ends.
    await transaction.query('SELECT FROM webhook WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE', [ids]);
    const found = new Map<string, DeliverableWebhook>();
    for (const id of [...new Set(ids)].sort()) {
      const webhook = await loadWebhook(transaction, this.#parts.keys, id);
      if (webhook) found.set(id, webhook);
    }
    return found;
  }

  /** Decides which deliveries this process attempts at once. */
  #decide(deliveries: readonly DirectDelivery[]): NewDirectDelivery[] {
    const asked = new Asked(this.#parts.dispatcher);
    let read = 0;
    return deliveries.map(({ webhook, envelope, bytes, isTest, replayOfId }) => {
      const held = webhook.listener || (webhook.paused && !isTest);
      const fits = read === 0 || read + bytes <= maxTextBytes;
      const leased = !held && fits && asked.hasRoom(webhook, isTest, bytes);
      if (leased) read += bytes;
      return {
        task: { webhook, envelope, isTest: isTest || webhook.listener, attempt: 1 },
        held,
        leased,
        replayOfId,
      };
    });
  }

  async #store(transaction: PoolClient, deliveries: readonly NewDirectDelivery[]) {
    const envelopes = deliveries.map(({ task }) => task.envelope);
    await transaction.query({
      name: 'direct_deliveries',
      text: `
        WITH added AS (
          INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by,
                                next_attempt_at, is_test, replay_of_id, created_at, changed_at)
          SELECT d.*, clock_timestamp(), clock_timestamp()
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::delivery_status[],
                        $8::uuid[], $9::timestamptz[], $10::boolean[], $11::uuid[]) AS d
          RETURNING id, event_id
        )
        ${labelDeliveries}`,
      values: [
        envelopes.map((e) => e.deliveryId),
        envelopes.map((e) => e.organizationId),
        deliveries.map(({ task }) => task.webhook.projectId),
        envelopes.map((e) => e.webhookId),
        envelopes.map((e) => e.eventId),
        envelopes.map((e) => e.eventType),
        deliveries.map(newStatus),
        deliveries.map(({ leased }) => (leased ? this.#parts.lease.id : null)),
        deliveries.map(({ leased, held }) => (leased || held ? null : new Date())),
        deliveries.map(({ task }) => task.isTest),
        deliveries.map(({ replayOfId }) => replayOfId),
      ],
    });
  }
}

/** Reads the texts of what this process attempts. */
async function leasedTasks(transaction: PoolClient, deliveries: readonly NewDirectDelivery[]): Promise<DeliveryTask[]> {
  const leased = deliveries.filter((delivery) => delivery.leased);
  if (leased.length === 0) return [];
  const { rows } = await transaction.query<{ id: string; data: string; previous: string | null }>({
    name: 'event_texts',
    text: 'SELECT id, data::text AS data, previous::text AS previous FROM event WHERE id = ANY ($1::uuid[])',
    values: [[...new Set(leased.map(({ task }) => task.envelope.eventId))]],
  });
  const texts = new Map(rows.map((row) => [row.id, row]));
  return leased.map(({ task }) => {
    const { data, previous } = texts.get(task.envelope.eventId) as { data: string; previous: string | null };
    return { ...task, envelope: { ...task.envelope, data, previous } };
  });
}
