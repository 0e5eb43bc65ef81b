import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { type Dispatch, startDispatch } from '../../core/composition/dispatch.ts';
import { createMetrics } from '../../core/composition/metrics.ts';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import type { ProfileName } from '../../core/profiles/profile.ts';
import { createSender } from '../../core/sender/sender.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import type { deliver } from '../../workflows/deliver.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createDatabase } from './database.ts';
import { temporalServer } from './temporal.ts';
import { callEvents, createTenant, createWebhook, type Tenant, type WebhookOptions } from './tenant.ts';
import { startWorkflowWorker, type WorkflowWorkerOptions } from './workflowWorker.ts';

/** A delivery as its row shows it. */
export interface Row {
  readonly id: string;
  readonly status: string;
  readonly made: number;
  /** Milliseconds since the epoch; null if it does not wait. */
  readonly dueAt: number | null;
}

/** First attempts, workflows and a worker, with their own database and the run's real Temporal. */
export class Ownership {
  readonly pool: pg.Pool;
  readonly client: Client;
  readonly tenant: Tenant;
  readonly signal: SignalWorkflow;
  readonly taskQueue: string;
  readonly startWorker: (options?: Pick<WorkflowWorkerOptions, 'findable'>) => Promise<() => Promise<void>>;
  /** Sends signals to workflows. Tests replace it to lose or repeat them. */
  tell: SignalWorkflow;
  dispatch!: Dispatch;
  readonly #closing: (() => unknown)[] = [];

  private constructor(parts: {
    pool: pg.Pool;
    client: Client;
    tenant: Tenant;
    native: NativeConnection;
    namespace: string;
  }) {
    const { pool, client, tenant, native, namespace } = parts;
    this.pool = pool;
    this.client = client;
    this.tenant = tenant;
    this.taskQueue = `ownership-${v7()}`;
    this.tell = (webhookId, told) => signalDeliver(client, this.taskQueue, webhookId, told);
    this.signal = (webhookId, told) => this.tell(webhookId, told);
    this.startWorker = (options) =>
      startWorkflowWorker({
        ...options,
        ...{ connection: native, namespace, taskQueue: this.taskQueue, pool, keys: tenant.keys, signal: this.signal },
      });
  }

  static async start(profile: ProfileName = 'STANDARD'): Promise<Ownership> {
    const server = await temporalServer();
    const database = await createDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 12 });
    const connection = await Connection.connect({ address: server.address });
    const native = await NativeConnection.connect({ address: server.address });
    const { namespace } = server;
    const tenant = await createTenant(pool, profile);
    const owned = new Ownership({ pool, tenant, native, namespace, client: new Client({ connection, namespace }) });
    const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
    owned.dispatch = await startDispatch({
      ...{ pool, sender, signal: owned.signal, keys: tenant.keys, metrics: createMetrics(), settleMs: 0 },
      notifier: { changed() {}, close: async () => {} },
      limits: { perProcess: 256, perWebhook: 64 },
      log: pino({ level: 'silent' }),
    });
    owned.#closing.push(
      () => database.drop(),
      () => pool.end(),
      () => native.close(),
      () => connection.close(),
      () => sender.close(),
      () => owned.dispatch.close(),
    );
    return owned;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  webhook(url: string, options: WebhookOptions = {}) {
    return createWebhook(this.pool, this.tenant, url, options);
  }

  /** Publishes events; their deliveries are attempted at once. */
  async publish(type: string, count: number): Promise<void> {
    await this.dispatch.commits.store(this.tenant, callEvents(this.tenant, type, count));
  }

  /** Stores deliveries whose first attempt failed, without a signal to any workflow. @returns their ids */
  async waitingRows(webhookId: string, count: number, dueInMs: number): Promise<string[]> {
    const { organizationId, projectId } = this.tenant;
    const ids = Array.from({ length: count }, () => v7());
    await this.pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  VALUES ($1, $2, $3, 'crane.moved', '{"crane":4}', now()))
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count, next_attempt_at)
       SELECT id, $2, $3, $4, $1, 'crane.moved', 'RETRYING', 1, now() + $6 * interval '1 millisecond'
         FROM unnest($5::uuid[]) AS id`,
      [v7(), organizationId, projectId, webhookId, ids, dueInMs],
    );
    return ids;
  }

  handle(webhookId: string): WorkflowHandle<typeof deliver> {
    return this.client.workflow.getHandle<typeof deliver>(deliverWorkflowId(webhookId));
  }

  async rows(webhookId: string): Promise<Row[]> {
    const { rows } = await this.pool.query(
      'SELECT id, status, attempt_count AS made, next_attempt_at AS due FROM delivery WHERE webhook_id = $1 ORDER BY id',
      [webhookId],
    );
    return rows.map(({ id, status, made, due }) => ({ id, status, made, dueAt: due?.getTime() ?? null }));
  }

  async row(id: string): Promise<Row & { readonly reason: string | null }> {
    const { rows } = await this.pool.query(
      'SELECT id, status, status_reason AS reason, attempt_count AS made, next_attempt_at AS due FROM delivery WHERE id = $1',
      [id],
    );
    return { ...rows[0], dueAt: rows[0].due?.getTime() ?? null };
  }
}
