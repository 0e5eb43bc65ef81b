import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { v7 } from 'uuid';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { createTenant, createWebhook, type Tenant, type TestWebhook, type WebhookOptions } from './tenant.ts';
import { timeSkippingEnvironment } from './timeSkipping.ts';
import { startWorkflowWorker } from './workflowWorker.ts';

/** One logged attempt. */
export interface Made {
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly outcome: string;
}

export interface Run {
  readonly webhook: TestWebhook;
  readonly ids: readonly string[];
}

/** The real workflows and activities with their own database. Time skips ahead whenever everything waits. */
export class SkippedTime {
  readonly pool: pg.Pool;
  readonly environment: TestWorkflowEnvironment;
  readonly tenant: Tenant;
  readonly #database: TestDatabase;
  readonly #taskQueue: string;
  readonly #stopWorker: () => Promise<void>;

  private constructor(parts: {
    pool: pg.Pool;
    environment: TestWorkflowEnvironment;
    tenant: Tenant;
    database: TestDatabase;
    taskQueue: string;
    stopWorker: () => Promise<void>;
  }) {
    this.pool = parts.pool;
    this.environment = parts.environment;
    this.tenant = parts.tenant;
    this.#database = parts.database;
    this.#taskQueue = parts.taskQueue;
    this.#stopWorker = parts.stopWorker;
  }

  static async start(taskQueue: string): Promise<SkippedTime> {
    const database = await createDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 6 });
    const tenant = await createTenant(pool);
    const environment = await timeSkippingEnvironment();
    const stopWorker = await startWorkflowWorker({
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      pool,
      keys: tenant.keys,
      skipsTime: true,
    });
    return new SkippedTime({ pool, environment, tenant, database, taskQueue, stopWorker });
  }

  async close(): Promise<void> {
    await this.#stopWorker();
    await this.environment.teardown();
    await this.pool.end();
    await this.#database.drop();
  }

  webhook(url: string, options: WebhookOptions = {}): Promise<TestWebhook> {
    return createWebhook(this.pool, this.tenant, url, options);
  }

  /** Stores events with a delivery each, which nobody has attempted, and runs their webhook's workflow to its end. */
  async deliver(webhook: TestWebhook, count = 1): Promise<Run> {
    const { organizationId, projectId } = this.tenant;
    const ids = Array.from({ length: count }, () => v7());
    const events = ids.map(() => v7());
    // The test server's clock runs ahead once time was skipped: a delivery that is due now is due by any clock.
    await this.pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  SELECT id, $2, $3, 'task.created', '{"id":"t1","title":"Rig the crane"}', now() FROM unnest($1::uuid[]) AS id)
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
       SELECT id, $2, $3, $4, event, 'task.created', 'PENDING', now() FROM unnest($5::uuid[], $1::uuid[]) AS u(id, event)`,
      [events, organizationId, projectId, webhook.id, ids],
    );
    const handle = await this.environment.client.workflow.signalWithStart('deliver', {
      workflowId: deliverWorkflowId(webhook.id),
      taskQueue: this.#taskQueue,
      args: [webhook.id],
      signal: 'wake',
      signalArgs: [0],
    });
    await handle.result();
    return { webhook, ids };
  }

  /** Creates a webhook with this many deliveries, and runs them to their end. */
  async runToItsEnd(url: string, options: WebhookOptions = {}, count = 1): Promise<Run> {
    return this.deliver(await this.webhook(url, options), count);
  }

  async attemptsOf(deliveryId: string | undefined): Promise<Made[]> {
    const { rows } = await this.pool.query(
      'SELECT started_at, duration_ms, outcome FROM attempt WHERE delivery_id = $1 ORDER BY number',
      [deliveryId],
    );
    return rows;
  }

  async statusOf(deliveryId: string | undefined) {
    const { rows } = await this.pool.query(
      'SELECT status, status_reason, leased_by, next_attempt_at FROM delivery WHERE id = $1',
      [deliveryId],
    );
    return rows[0];
  }

  async healthOf(webhook: TestWebhook): Promise<{ health: string; reason: string | null; failures: number }> {
    const { rows } = await this.pool.query(
      `SELECT health, health_reason AS reason, consecutive_failures AS failures FROM webhook_state WHERE webhook_id = $1`,
      [webhook.id],
    );
    return rows[0];
  }
}

/** Milliseconds from the end of each attempt to the beginning of the next. */
export const delaysOf = (attempts: readonly Made[]): number[] =>
  attempts.slice(1).map((made, index) => {
    const before = attempts[index] as Made;
    return made.started_at.getTime() - before.started_at.getTime() - before.duration_ms;
  });
