import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDispatch } from '../../../core/composition/dispatch.ts';
import { createMetrics } from '../../../core/composition/metrics.ts';
import type { AttemptParts } from '../../../core/deliveries/attemptSome.ts';
import { noFastLane } from '../../../core/deliveries/fastLane.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { GroupCommit } from '../../../core/events/groupCommit.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { Egress } from '../../../core/sender/egress.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { attemptAll } from '../../support/attemptAll.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type ForwardProxy, forwardProxy } from '../../support/forwardProxy.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

interface Shown {
  readonly status: string;
  readonly made: number;
  readonly reason: string | null;
  readonly lease: string | null;
  readonly later: boolean;
}

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };

describe('deliveries, while the installation’s proxy does not work', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;
  let receiver: Receiver;
  let proxy: ForwardProxy;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    tenant = await createTenant(pool);
    receiver = await new Receiver().listen();
    proxy = await forwardProxy();
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await proxy.close();
    await receiver.close();
    await pool.end();
    await database.drop();
  });

  /** A sender as each process has one of its own. */
  function senderThrough({ address }: ForwardProxy) {
    const egress = new Egress({ proxy: address, addresses: [], certificates: [] }, { failed() {}, reopened() {} });
    const sender = createSender({
      ...{ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test', egress },
    });
    closing.push(() => sender.close());
    return sender;
  }

  const attemptParts = (): AttemptParts => ({
    ...{ pool, keys: tenant.keys, sender: senderThrough(proxy), notifier, perWebhook: 64, gate: new Gate(8) },
    ...{ underWay: new Map(), places: new Shares(10) },
    recorder: new Recorder({ pool, notifier, log, onHealthTransition() {} }),
  });

  async function publish(type: string, count: number, url = receiver.url): Promise<string> {
    const { id } = await createWebhook(pool, tenant, url, { eventTypes: [type] });
    const waker = new Waker(async () => {}, log);
    const routes = new RouteCache(pool, tenant.keys);
    const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
    await commits.store(tenant, callEvents(tenant, type, count));
    await waker.close();
    return id;
  }

  async function shown(webhookId: string): Promise<{ readonly deliveries: readonly Shown[] }> {
    const { rows: deliveries } = await pool.query<Shown>(
      `SELECT status, attempt_count AS made, status_reason AS reason, leased_by AS lease,
              next_attempt_at > now() AS later FROM delivery WHERE webhook_id = $1 ORDER BY id`,
      [webhookId],
    );
    const { rows } = await pool.query(
      `SELECT health, consecutive_failures AS failures, last_failure_at AS failed,
              (SELECT count(*)::int FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.webhook_id = $1) AS attempts
         FROM webhook_state WHERE webhook_id = $1`,
      [webhookId],
    );
    return { deliveries, ...rows[0] };
  }

  const unblamed = { health: 'HEALTHY', failures: 0, failed: null, attempts: 0 };
  const reason = expect.stringMatching(/^Not sent yet: This installation's proxy .* No attempt was used/);

  it('wait without an attempt used or a failure counted, show why, and go on when it works', async () => {
    const parts = attemptParts();
    const id = await publish('withheld.workflow', 40);
    proxy.conduct = { status: 503 };
    const first = await attemptAll(parts, id);
    expect(first.outcomes).toHaveLength(40);
    for (const outcome of first.outcomes) expect(outcome).toMatchObject({ made: 0, dueAt: expect.any(Number) });
    expect(await shown(id)).toMatchObject(unblamed);
    for (const delivery of (await shown(id)).deliveries) {
      expect(delivery).toMatchObject({ status: 'PENDING', made: 0, reason, lease: null });
    }
    // Until it may be tried again, nothing begins and no row is written.
    const asked = proxy.asked.length;
    const second = await attemptAll(parts, id);
    expect(second.laterMs).toBeGreaterThan(0);
    expect(new Set(second.outcomes)).toEqual(new Set(['kept']));
    expect(proxy.asked).toHaveLength(asked);

    proxy.conduct = 'tunnel';
    await sleep(second.laterMs as number);
    // One tries first; when it has got through, all do.
    const tries = proxy.asked.length;
    let left = await attemptAll(parts, id);
    expect(left.outcomes).toContain('over');
    while (left.outcomes.some((outcome) => outcome !== 'over')) {
      await sleep(500);
      left = await attemptAll(parts, id);
    }
    expect(proxy.asked.length).toBeGreaterThan(tries);
    const after = await shown(id);
    expect(after).toMatchObject({ ...unblamed, attempts: 40 });
    for (const delivery of after.deliveries)
      expect(delivery).toMatchObject({ status: 'DELIVERED', made: 1, reason: null });
  });

  it('go from the fast lane to their workflow, later and with the reason', async () => {
    const away = await forwardProxy();
    await away.close();
    const woken: number[] = [];
    const dispatch = await startDispatch({
      ...{ pool, keys: tenant.keys, notifier, sender: senderThrough(away), log, metrics: createMetrics() },
      limits: { perProcess: 8, perWebhook: 8 },
      settleMs: 0,
      signal: async (_, signal) => {
        if (signal.kind === 'wake') woken.push(signal.delayMs);
      },
    });
    const { id } = await createWebhook(pool, tenant, receiver.url, { eventTypes: ['withheld.fast'] });
    const before = receiver.received.length;
    await dispatch.commits.store(tenant, callEvents(tenant, 'withheld.fast', 30));
    const waits = async () => {
      const { deliveries } = await shown(id);
      return deliveries.filter(({ status, made, lease }) => status === 'PENDING' && made === 0 && lease === null)
        .length;
    };
    while ((await waits()) < 30) await sleep(50);
    const { deliveries, ...state } = await shown(id);
    expect(state).toMatchObject(unblamed);
    for (const delivery of deliveries) expect(delivery).toMatchObject({ reason });
    expect(receiver.received).toHaveLength(before);
    expect(dispatch.dispatcher.open).toBe(0);
    await dispatch.close();
    expect(woken.length).toBeGreaterThan(0);
  });
});
