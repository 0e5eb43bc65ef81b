import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDispatch } from '../../../core/composition/dispatch.ts';
import { createMetrics } from '../../../core/composition/metrics.ts';
import { noFastLane } from '../../../core/deliveries/fastLane.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { GroupCommit } from '../../../core/events/groupCommit.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { attemptAll, attemptList, everythingOf } from '../../support/attemptAll.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };
const senderOptions = { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' };

describe('sending beside an organization whose receivers never answer', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let hostile: Tenant;
  let innocent: Tenant;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 10 });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** A receiver that answers nothing until it is let. */
  async function silent(): Promise<{ receiver: Receiver; answer: () => void }> {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const receiver = await new Receiver(async () => {
      await answered;
      return 200;
    }).listen();
    closing.push(() => receiver.close());
    return { receiver, answer };
  }

  async function quick(): Promise<Receiver> {
    const receiver = await new Receiver().listen();
    closing.push(() => receiver.close());
    return receiver;
  }

  async function tenants(): Promise<void> {
    hostile = await createTenant(pool);
    innocent = { ...(await createTenant(pool)), keys: hostile.keys };
  }

  it('leaves slots of the fast lane to others, though many events of many webhooks wait for them', async () => {
    await tenants();
    const { receiver, answer } = await silent();
    const well = await quick();
    for (let index = 0; index < 20; index++) await createWebhook(pool, hostile, receiver.url, { timeoutMs: 60_000 });
    await createWebhook(pool, innocent, well.url);
    const sender = createSender(senderOptions);
    const limits = { perProcess: 64, perWebhook: 16 };
    const dispatch = await startDispatch({
      ...{ pool, sender, notifier, limits, log, keys: hostile.keys },
      ...{ signal: async () => {}, metrics: createMetrics() },
    });
    closing.push(async () => {
      answer();
      await dispatch.close();
      await sender.close();
    });
    await dispatch.commits.store(hostile, callEvents(hostile, 'crane.moved', 100));
    await receiver.count(48);
    for (let index = 0; index < 20; index++)
      await dispatch.commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    await well.count(20);
    // None of the silent ones had ended meanwhile.
    expect(receiver.received).toHaveLength(48);
  });

  /** Events whose deliveries nobody attempts at once. @param length - of their data */
  async function leftToWorkflows(tenant: Tenant, count: number, length = 100): Promise<void> {
    const waker = new Waker(async () => {}, log);
    const routes = new RouteCache(pool, tenant.keys);
    const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
    const events = callEvents(tenant, 'crane.moved', count);
    for (const each of events)
      each.event = { ...each.event, data: JSON.stringify({ text: '.'.repeat(length - '{"text":""}'.length) }) };
    await commits.store(tenant, events);
    await waker.close();
  }

  /** Reads as the pool does, and counts what texts of events it brings. */
  function countingTexts(): { reading: pg.Pool; bytes: () => number } {
    let bytes = 0;
    const query = async (...given: [never]) => {
      const answer = await pool.query<{ data?: string | null }>(...given);
      for (const { data } of answer.rows) bytes += typeof data === 'string' ? data.length : 0;
      return answer;
    };
    return { reading: { query } as unknown as pg.Pool, bytes: () => bytes };
  }

  /** @param reading - how it reads what is due, where that is another way than it records by */
  function worker(reading = pool) {
    const sender = createSender(senderOptions);
    const recorder = new Recorder({ pool, notifier, log, onHealthTransition() {} });
    closing.push(async () => {
      await recorder.drained();
      await sender.close();
    });
    return {
      ...{ pool: reading, keys: hostile.keys, sender, recorder, notifier, perWebhook: 16 },
      ...{ gate: new Gate(16), places: new Shares(10), underWay: new Map() },
    };
  }

  it('leaves slots and lists of a worker to others', async () => {
    await tenants();
    const { receiver, answer } = await silent();
    const well = await quick();
    const stuck: string[] = [];
    for (let index = 0; index < 9; index++) {
      stuck.push((await createWebhook(pool, hostile, receiver.url, { timeoutMs: 60_000 })).id);
    }
    const healthy = await createWebhook(pool, innocent, well.url);
    await leftToWorkflows(hostile, 20);
    await leftToWorkflows(innocent, 5);
    const parts = worker();
    const attempting = stuck.map((id) => attemptAll(parts, id));
    await receiver.count(12);
    // As many at a time as it may have; the others are asked to come back.
    const refused = await Promise.race(attempting);
    expect(refused.laterMs).toBeGreaterThanOrEqual(2_000);
    expect(new Set(refused.outcomes)).toEqual(new Set(['kept']));
    expect((await attemptAll(parts, healthy.id)).outcomes).toEqual(Array(5).fill('over'));
    expect(well.received).toHaveLength(5);
    expect(receiver.received).toHaveLength(12);
    answer();
    await Promise.all(attempting);
  });

  it('holds no more texts of events in a worker than it may, whatever waits for receivers that do not answer', async () => {
    await tenants();
    const { receiver, answer } = await silent();
    const well = await quick();
    const stuck: string[] = [];
    for (let index = 0; index < 4; index++) {
      stuck.push((await createWebhook(pool, hostile, receiver.url, { timeoutMs: 60_000 })).id);
    }
    const healthy = await createWebhook(pool, innocent, well.url);
    await leftToWorkflows(hostile, 8, 400_000);
    await leftToWorkflows(innocent, 3, 1_500_000);
    const { reading, bytes } = countingTexts();
    const parts = { ...worker(reading), gate: new Gate(64, 1_000_000) };
    const attempting = stuck.map((id) => attemptAll({ ...parts, pool: reading }, id));
    await receiver.count(1);
    // Larger than all that may be held together: one at a time, since nothing of its organization is.
    const { outcomes: large } = await attemptList(parts, await everythingOf(pool, healthy.id));
    const held = { requests: receiver.received.length, bytes: bytes() };
    answer();
    expect(large).toEqual(Array(3).fill('over'));
    expect(held).toEqual({ requests: 1, bytes: 400_000 + 3 * 1_500_000 });
    for (const { outcomes } of await Promise.all(attempting)) expect(outcomes).toEqual(Array(8).fill('over'));
    expect(receiver.received).toHaveLength(32);
  });

  describe('a worker that cannot read the database', () => {
    let proxy: TcpProxy;
    let proxied: pg.Pool;

    it('sends nothing again whose attempt it has not recorded yet', async () => {
      await tenants();
      proxy = await tcpProxy(database.url.replace('postgresql:', 'http:').replace('postgres:', 'http:'));
      const place = new URL(database.url);
      const { port } = new URL(proxy.url);
      place.port = port;
      place.hostname = '127.0.0.1';
      proxied = new pg.Pool({ connectionString: place.href, max: 4, connectionTimeoutMillis: 2_000 });
      proxied.on('error', () => {});
      proxied.on('connect', (client) => client.on('error', () => {}));
      const answers: (() => void)[] = [];
      const receiver = await new Receiver(async () => {
        await new Promise<void>((resolve) => answers.push(resolve));
        return 200;
      }).listen();
      closing.push(() => receiver.close());
      const webhook = await createWebhook(pool, innocent, receiver.url, { timeoutMs: 60_000 });
      await leftToWorkflows(innocent, 4);
      const parts = { ...worker(proxied), perWebhook: 2 };

      const everything = await everythingOf(pool, webhook.id);
      const first = attemptList(parts, everything);
      await receiver.count(2);
      // Beyond what was read of the due ones, so that they have to be read again.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      let isAway = true;
      const cutting = setInterval(() => isAway && proxy.cut(), 5);
      proxy.cut();
      answers[0]?.();
      // As Temporal does: what failed is tried again.
      const again = first.catch(() => attemptList(parts, everything));
      await new Promise((resolve) => setTimeout(resolve, 500));
      isAway = false;
      clearInterval(cutting);
      for (let next = 1; next < 4; next++) {
        await receiver.count(next + 1);
        while (!answers[next]) await new Promise((resolve) => setImmediate(resolve));
        answers[next]?.();
      }
      expect((await again).outcomes).toEqual(Array(4).fill('over'));
      const sent = receiver.received.map(({ headers }) => headers['webhook-id']);
      expect(sent).toHaveLength(4);
      expect(new Set(sent).size).toBe(4);
      await proxied.end();
      await proxy.close();
    });
  });
});
