import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemTime } from '../../../core/deliveries/attempt.ts';
import { type AttemptParts, attemptSome } from '../../../core/deliveries/attemptSome.ts';
import { noFastLane } from '../../../core/deliveries/fastLane.ts';
import { formerEnded, Presence } from '../../../core/deliveries/presence.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { GroupCommit } from '../../../core/events/groupCommit.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { attemptAll, everythingOf } from '../../support/attemptAll.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };
const signal = new AbortController().signal;

describe('work that another worker held before', () => {
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

  const longMs = 3_600_000;
  const watch = { everyMs: 5, stillMs: 50 };

  it('is taken over at once where that has ended in order, or is dead', async () => {
    const looks: number[] = [];
    const limits = { onProgress: () => void looks.push(0), signal };
    const presence = new Presence(pool, log);
    await presence.start();
    await presence.close();
    await formerEnded(pool, presence.id, longMs, limits, watch);
    expect(looks).toHaveLength(1);

    const killed = v7();
    await pool.query(
      `INSERT INTO process (id, kind, heartbeat_at) VALUES ($1, 'worker', now() - interval '11 seconds')`,
      [killed],
    );
    await formerEnded(pool, killed, longMs, limits, watch);
    // Its silence alone proves nothing: it was watched.
    expect(looks.length).toBeGreaterThan(3);
  });

  it('waits for requests of one that lives, and of one that it does not know, as long as they may take', async () => {
    const presence = new Presence(pool, log);
    await presence.start();
    for (const holder of [presence.id, null]) {
      const beganAt = performance.now();
      await formerEnded(pool, holder, 100, { onProgress() {}, signal }, watch);
      expect(performance.now() - beganAt).toBeGreaterThanOrEqual(99);
    }
    await presence.close();
  });

  it('is not sent twice where that is only cut off from Temporal, and its requests are still open', async () => {
    const answers: (() => void)[] = [];
    const receiver = await new Receiver(async () => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return 200;
    }).listen();
    const { id } = await createWebhook(pool, tenant, receiver.url, { timeoutMs: 2_000 });
    const waker = new Waker(async () => {}, log);
    const routes = new RouteCache(pool, tenant.keys);
    const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
    await commits.store(tenant, callEvents(tenant, 'crane.moved', 3));
    await waker.close();
    const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
    const recorder = new Recorder({ pool, notifier, log, onHealthTransition() {} });
    const worker = (): AttemptParts => ({
      ...{ pool, keys: tenant.keys, sender, recorder, notifier, perWebhook: 16, gate: new Gate(16) },
      ...{ places: new Shares(10), underWay: new Map() },
    });
    const presence = new Presence(pool, log);
    await presence.start();
    const everything = await everythingOf(pool, id);
    const first = attemptAll(worker(), id);
    await receiver.count(3);
    const second = attemptSome(worker(), everything, {
      ...{ time: systemTime, onProgress() {}, signal, atMostMs: 20_000, former: presence.id },
    });
    for (const answer of answers) answer();
    expect((await first).outcomes).toEqual(Array(3).fill('over'));
    expect((await second).outcomes).toEqual(Array(3).fill('over'));
    expect(receiver.received).toHaveLength(3);
    await presence.close();
    await recorder.drained();
    await sender.close();
    await receiver.close();
  });
});
