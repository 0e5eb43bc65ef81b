import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import type { DeliverableWebhook } from '../../../core/deliveries/routing.ts';
import type { AttemptResult } from '../../../core/deliveries/task.ts';
import type { HealthPolicy } from '../../../core/profiles/profile.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const consecutive: HealthPolicy = { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAt: 10 };

/** What one attempt at a time would make of it. */
function sequential(outcomes: readonly boolean[]) {
  let health = 'HEALTHY';
  let failures = 0;
  for (const succeeded of outcomes) {
    if (health === 'DISABLED') continue;
    failures = succeeded ? 0 : failures + 1;
    health = failures >= 10 ? 'DISABLED' : failures >= 5 ? 'DEGRADED' : 'HEALTHY';
  }
  return { health, failures };
}

describe('health, counted in the statement that records the attempts', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    tenant = await createTenant(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const recorder = (flips: string[] = []) =>
    new Recorder({
      pool,
      notifier: { changed() {}, close: async () => {} },
      log: pino({ level: 'silent' }),
      onHealthTransition: (flip) => flips.push(`${flip.from} → ${flip.to}`),
    });

  async function leasedDeliveries(webhookId: string, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => v7());
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, leased_by)
       SELECT id, $1, $2, $3, 'crane.moved', 'SENDING', $3 FROM unnest($4::uuid[]) AS id`,
      [tenant.organizationId, tenant.projectId, webhookId, ids],
    );
    return ids;
  }

  function result(
    webhookId: string,
    deliveryId: string,
    succeeded: boolean,
    more: { policy?: HealthPolicy; code?: number; status?: 'FAILED'; attempt?: number; at?: Date } = {},
  ): AttemptResult {
    const { policy = consecutive, code = succeeded ? 200 : 503, status, attempt = 1, at = new Date() } = more;
    const webhook = { id: webhookId, profile: { ...profileOf('STANDARD'), health: policy } } as DeliverableWebhook;
    return {
      task: {
        attempt,
        webhook,
        envelope: {
          deliveryId,
          eventId: v7(),
          eventType: 'crane.moved',
          occurredAt: new Date(),
          organizationId: tenant.organizationId,
          projectId: tenant.projectId,
          webhookId,
          data: '{}',
          previous: null,
        },
      },
      startedAt: at,
      durationMs: 3,
      outcome: succeeded ? 'SUCCEEDED' : 'HTTP_ERROR',
      responseCode: code,
      responseHeaders: '[]',
      responseBody: '',
      responseTruncated: false,
      template: null,
      signatures: null,
      error: null,
      status: succeeded ? 'DELIVERED' : (status ?? 'RETRYING'),
      statusReason: succeeded ? null : `The receiver answered ${code}.`,
      nextAttemptAt: succeeded || status ? null : new Date(Date.now() + 60_000),
      retry: null,
    };
  }

  const stateOf = async (webhookId: string) =>
    (await pool.query('SELECT * FROM webhook_state WHERE webhook_id = $1', [webhookId])).rows[0];

  it('is what one attempt at a time would make it, over any batching of any successes and failures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), { maxLength: 5 }),
        async (batches) => {
          const { id } = await createWebhook(pool, tenant, 'https://example.com/');
          const ids = await leasedDeliveries(id, batches.flat().length);
          const recording = recorder();
          for (const batch of batches) {
            await Promise.all(batch.map((succeeded) => recording.record(result(id, ids.pop() as string, succeeded))));
          }
          const state = await stateOf(id);
          expect({ health: state.health, failures: state.consecutive_failures }).toEqual(sequential(batches.flat()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('loses no count when several processes record failures of one webhook at once', async () => {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const ids = await leasedDeliveries(id, 80);
    const policy: HealthPolicy = { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5 };
    await Promise.all(
      [recorder(), recorder(), recorder(), recorder()].map(async (recording, index) => {
        for (const deliveryId of ids.slice(index * 20, index * 20 + 20)) {
          await recording.record(result(id, deliveryId, false, { policy }));
        }
      }),
    );
    expect(await stateOf(id)).toMatchObject({ consecutive_failures: 80, health: 'DEGRADED' });
  });

  it('counts an attempt once, however often it is recorded', async () => {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const [deliveryId] = (await leasedDeliveries(id, 1)) as [string];
    await recorder().record(result(id, deliveryId, false));
    await recorder().record(result(id, deliveryId, false));
    expect((await stateOf(id)).consecutive_failures).toBe(1);
    const { rows } = await pool.query('SELECT number FROM attempt WHERE delivery_id = $1', [deliveryId]);
    expect(rows).toEqual([{ number: 1 }]);
  });

  it('tells each change of health once, and raises the routing version with each', async () => {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const ids = await leasedDeliveries(id, 11);
    const flips: string[] = [];
    const recording = recorder(flips);
    const version = async () =>
      (await pool.query('SELECT routing_version FROM organization WHERE id = $1', [tenant.organizationId])).rows[0]
        .routing_version;
    const before = await version();
    for (const deliveryId of ids) await recording.record(result(id, deliveryId, false));
    expect(flips).toEqual(['HEALTHY → DEGRADED', 'DEGRADED → DISABLED']);
    expect(BigInt(await version()) - BigInt(before)).toBe(2n);
    expect((await stateOf(id)).health_reason).toBe('10 attempts in a row failed.');
  });

  it('disables at once on a code that says so', async () => {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const [deliveryId] = (await leasedDeliveries(id, 1)) as [string];
    const policy: HealthPolicy = { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledOnCodes: [410] };
    await recorder().record(result(id, deliveryId, false, { policy, code: 410 }));
    expect(await stateOf(id)).toMatchObject({ health: 'DISABLED', consecutive_failures: 1 });
  });

  it('disables when nothing has succeeded for as long as the profile allows', async () => {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const ids = await leasedDeliveries(id, 3);
    const policy: HealthPolicy = { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAfterMs: 5 * 86_400_000 };
    const start = Date.now() - 6 * 86_400_000;
    const day = (days: number) => new Date(start + days * 86_400_000);
    await recorder().record(result(id, ids[0] as string, false, { policy, at: day(0) }));
    await recorder().record(result(id, ids[1] as string, false, { policy, at: day(4.99) }));
    expect((await stateOf(id)).health).toBe('HEALTHY');
    await recorder().record(result(id, ids[2] as string, false, { policy, at: day(5) }));
    expect((await stateOf(id)).health).toBe('DISABLED');
  });

  it('disables on an exhausted delivery only where none succeeded since its first attempt', async () => {
    const policy: HealthPolicy = { kind: 'EXHAUSTED_DELIVERY', degradedAt: 1 };
    const later = (ms: number) => new Date(Date.now() + ms);
    for (const [between, health] of [
      [false, 'DISABLED'],
      [true, 'DEGRADED'],
    ] as const) {
      const { id } = await createWebhook(pool, tenant, 'https://example.com/');
      const [failing, other] = (await leasedDeliveries(id, 2)) as [string, string];
      await recorder().record(result(id, failing, false, { policy, at: later(10) }));
      if (between) await recorder().record(result(id, other, true, { policy, at: later(20) }));
      await recorder().record(result(id, failing, false, { policy, status: 'FAILED', attempt: 2, at: later(30) }));
      expect((await stateOf(id)).health).toBe(health);
    }
  });
});
