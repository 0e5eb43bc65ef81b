import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttemptParts } from '../../../core/deliveries/attemptSome.ts';
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
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };

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

/** Stores events whose deliveries nobody attempts at once. */
async function leftToWorkflows(type: string, count: number): Promise<void> {
  const waker = new Waker(async () => {}, log);
  const routes = new RouteCache(pool, tenant.keys);
  const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
  await commits.store(tenant, callEvents(tenant, type, count));
  await waker.close();
}

/** The parts of a process that attempts use. */
function process(limits: Pick<AttemptParts, 'perWebhook' | 'gate'>) {
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
  const recorder = new Recorder({ pool, notifier, log, onHealthTransition() {} });
  const parts: AttemptParts = {
    ...{ pool, keys: tenant.keys, sender, recorder, notifier, places: new Shares(10), underWay: new Map() },
    ...limits,
  };
  const close = async () => {
    await recorder.drained();
    await sender.close();
  };
  return { parts, close };
}

it('a worker sends no more at once than its process may, and its webhooks take turns', async () => {
  const most = 3;
  let underWay = 0;
  let peak = 0;
  const receiver = await new Receiver(async () => {
    underWay++;
    peak = Math.max(peak, underWay);
    // Long enough for whatever else may leave to be seen beside it.
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay--;
    return 200;
  }).listen();
  const busy = await createWebhook(pool, tenant, `${receiver.url}busy`, { eventTypes: ['crane.moved'] });
  const quiet = await createWebhook(pool, tenant, `${receiver.url}quiet`, { eventTypes: ['berth.freed'] });
  await leftToWorkflows('crane.moved', 30);
  await leftToWorkflows('berth.freed', 2);
  const { parts, close } = process({ perWebhook: 64, gate: new Gate(most) });

  const attempting = attemptAll(parts, busy.id);
  await receiver.count(most);
  const both = await Promise.all([attempting, attemptAll(parts, quiet.id)]);
  expect(both.map(({ outcomes }) => outcomes)).toEqual([Array(30).fill('over'), Array(2).fill('over')]);

  expect(peak).toBe(most);
  const order = receiver.received.map(({ path }) => path);
  expect(order.filter((path) => path === '/busy')).toHaveLength(30);
  expect(order.filter((path) => path === '/quiet')).toHaveLength(2);
  // The quiet one's last is not behind the busy one's last, which were waiting before it came.
  expect(order.lastIndexOf('/quiet')).toBeLessThan(order.length - 10);
  await close();
  await receiver.close();
});

it('a list goes on beside its slow request when its time is over, for it cannot end before', async () => {
  const receiver: Receiver = await new Receiver(async (_, count) => {
    await (count === 1 ? receiver.count(12) : new Promise((resolve) => setTimeout(resolve, 60)));
    return 200;
  }).listen();
  const { id } = await createWebhook(pool, tenant, receiver.url, { eventTypes: ['gate.opened'], timeoutMs: 20_000 });
  await leftToWorkflows('gate.opened', 12);
  const { parts, close } = process({ perWebhook: 3, gate: new Gate(8) });
  const { outcomes } = await attemptList(parts, await everythingOf(pool, id), 50);
  expect(outcomes).toEqual(Array(12).fill('over'));
  await close();
  await receiver.close();
});

it('a list goes on beside its slow request where little of what it had read is left to send', async () => {
  const receiver: Receiver = await new Receiver(async (_, count) => {
    if (count === 1) await receiver.count(7);
    return 200;
  }).listen();
  const { id } = await createWebhook(pool, tenant, receiver.url, { eventTypes: ['gate.shut'], timeoutMs: 20_000 });
  await leftToWorkflows('gate.shut', 12);
  const everything = await everythingOf(pool, id);
  // As after a worker that died: another has sent them.
  const sent = everything.list.slice(1, 6).map(([deliveryId]) => deliveryId);
  await pool.query(`UPDATE delivery SET status = 'DELIVERED', next_attempt_at = NULL WHERE id = ANY ($1::uuid[])`, [
    sent,
  ]);
  const { parts, close } = process({ perWebhook: 3, gate: new Gate(8) });
  const { outcomes } = await attemptList(parts, everything);
  expect(outcomes).toEqual(Array(12).fill('over'));
  const { rows } = await pool.query(
    'SELECT outcome FROM attempt a JOIN delivery d ON d.id = delivery_id WHERE webhook_id = $1',
    [id],
  );
  expect(rows).toEqual(Array(7).fill({ outcome: 'SUCCEEDED' }));
  await close();
  await receiver.close();
});
