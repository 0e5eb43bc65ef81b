import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FastLane, noFastLane } from '../../../core/deliveries/fastLane.ts';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { GroupCommit } from '../../../core/events/groupCommit.ts';
import { digestOf } from '../../../core/events/idempotency.ts';
import { cpuNow } from '../../support/cpuClock.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };
const webhooks = 30;
const events = 100;

describe('publishing beside an organization that takes much', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let hostile: Tenant;
  let innocent: Tenant;
  let webhookIds: string[];
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 10 });
    hostile = await createTenant(pool);
    innocent = { ...(await createTenant(pool)), keys: hostile.keys };
    webhookIds = [];
    for (let index = 0; index < webhooks; index++) {
      webhookIds.push((await createWebhook(pool, hostile, 'http://127.0.0.1:9/')).id);
    }
    await createWebhook(pool, innocent, 'http://127.0.0.1:9/');
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  function commitsOf(dispatcher: FastLane = noFastLane, writing: pg.Pool = pool): GroupCommit {
    const waker = new Waker(async () => {}, log);
    const routes = new RouteCache(pool, hostile.keys);
    const commits = new GroupCommit({ pool: writing, routes, waker, notifier, log, dispatcher, processId: v7() });
    closing.push(async () => {
      await commits.drained();
      await waker.close();
    });
    return commits;
  }

  const large = (key?: string) =>
    callEvents(hostile, 'crane.moved', events).map((each, nth) => {
      if (key === undefined) return each;
      const input = { ...each.event, parsed: null, previous: null, occurredAt: null, idempotencyKey: `${key} ${nth}` };
      return { ...each, idempotencyKey: input.idempotencyKey, digest: digestOf(input) };
    });

  /** Deliveries of these events, by webhook. */
  const deliveriesOf = async (ids: readonly string[]): Promise<Map<string, number>> => {
    const { rows } = await pool.query<{ webhook_id: string; count: number }>(
      'SELECT webhook_id, count(*)::int AS count FROM delivery WHERE event_id = ANY ($1) GROUP BY 1',
      [ids],
    );
    return new Map(rows.map(({ webhook_id, count }) => [webhook_id, count]));
  };

  const idsOf = (stored: readonly { id: string }[]) => stored.map(({ id }) => id);

  it('stores a call with thousands of deliveries whole, and others’ calls meanwhile', async () => {
    const commits = commitsOf();
    await commits.store(hostile, callEvents(hostile, 'crane.moved', 1));
    let isStored = false;
    const call = commits.store(hostile, large()).finally(() => {
      isStored = true;
    });
    let meanwhile = 0;
    do {
      await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
      if (!isStored) meanwhile++;
    } while (!isStored);
    expect(meanwhile).toBeGreaterThan(0);
    const found = await deliveriesOf(idsOf(await call));
    expect(found).toEqual(new Map(webhookIds.map((id) => [id, events])));
  });

  it('hands what is leased of such a call to who attempts it, in hand before it could be found', async () => {
    const owned = new Set<string>();
    const given: string[] = [];
    const commits = commitsOf({
      hasRoom: (_webhook, _ofWebhook, ofOrganization) => ofOrganization <= 1_500,
      own(ids) {
        for (const id of ids) owned.add(id);
      },
      disown(ids) {
        for (const id of ids) owned.delete(id);
      },
      dispatch: (tasks) => given.push(...tasks.map(({ envelope }) => envelope.deliveryId)),
    });
    const stored = await commits.store(hostile, large());
    await commits.drained();
    while (given.length < 1_500) await new Promise((resolve) => setImmediate(resolve));
    expect(new Set(given)).toEqual(owned);
    const { rows } = await pool.query(
      'SELECT status, count(*)::int FROM delivery WHERE event_id = ANY ($1) GROUP BY 1 ORDER BY 1',
      [idsOf(stored)],
    );
    expect(rows).toEqual([
      { status: 'PENDING', count: webhooks * events - 1_500 },
      { status: 'SENDING', count: 1_500 },
    ]);
  });

  it('makes one of such calls with the same keys, in one process and in two, and stores nothing of one in conflict', async () => {
    const calls = [large('same'), large('same'), large('same')];
    const processes = [commitsOf(), commitsOf()] as const;
    const [first, again, elsewhere] = await Promise.all([
      processes[0].store(hostile, calls[0] as never),
      processes[0].store(hostile, calls[1] as never),
      processes[1].store(hostile, calls[2] as never),
    ]);
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(idsOf(elsewhere)).toEqual(idsOf(first));
    const found = await deliveriesOf(idsOf(first));
    expect(found).toEqual(new Map(webhookIds.map((id) => [id, events])));

    const other = large().map((each, nth) =>
      nth < events - 1 ? each : { ...each, idempotencyKey: 'same 0', digest: Buffer.alloc(32) },
    );
    await expect(processes[0].store(hostile, other)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await deliveriesOf(other.map(({ event }) => event.id))).toEqual(new Map());
  });

  it('lets a change of the routes come wholly before such a call, or wholly after', async () => {
    const commits = commitsOf();
    await commits.store(hostile, callEvents(hostile, 'crane.moved', 1));
    const call = commits.store(hostile, large());
    const added = await createWebhook(pool, hostile, 'http://127.0.0.1:9/');
    const found = await deliveriesOf(idsOf(await call));
    expect([...webhookIds].map((id) => found.get(id))).toEqual(webhookIds.map(() => events));
    expect([undefined, events]).toContain(found.get(added.id));
    webhookIds.push(added.id);
  });

  it('waits for nobody’s change of routes but one’s own organization’s', async () => {
    const commits = commitsOf();
    await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    await commits.store(hostile, callEvents(hostile, 'crane.moved', 1));
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
      hostile.organizationId,
    ]);
    let isStored = false;
    const held = commits.store(hostile, callEvents(hostile, 'crane.moved', 1)).finally(() => {
      isStored = true;
    });
    for (let index = 0; index < 5; index++) await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    expect(isStored).toBe(false);
    await client.query('COMMIT');
    client.release();
    expect((await deliveriesOf(idsOf(await held))).size).toBe(webhookIds.length);
  });

  it('stores no call later that it refused, though its routes had changed and the database went away', async () => {
    const lossy: pg.Pool = Object.create(pool);
    let inserts = Number.NEGATIVE_INFINITY;
    // The first finds the routes changed; before the next, of the others of the group, the connection is lost.
    lossy.query = (...args: unknown[]) =>
      ++inserts === 2
        ? Promise.reject(new Error('Connection terminated unexpectedly'))
        : Reflect.apply(pool.query, pool, args);
    const commits = commitsOf(noFastLane, lossy);
    await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    await commits.store(hostile, callEvents(hostile, 'crane.moved', 1));
    await pool.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
      hostile.organizationId,
    ]);
    inserts = 0;
    const calls = [callEvents(hostile, 'crane.moved', 1), callEvents(innocent, 'berth.freed', 1)] as const;
    const answers = await Promise.allSettled([commits.store(hostile, calls[0]), commits.store(innocent, calls[1])]);
    await commits.drained();
    expect(answers.map(({ status }) => status)).toContain('rejected');
    for (const [index, { status }] of answers.entries()) {
      const { rowCount } = await pool.query('SELECT FROM event WHERE id = $1', [calls[index]?.[0]?.event.id]);
      expect(rowCount).toBe(status === 'fulfilled' ? 1 : 0);
    }
  });

  it('stores no call later that it refused for its key, though another call of the group could not be stored', async () => {
    const commits = commitsOf();
    const keyed = (content: string, id?: string) =>
      callEvents(innocent, 'berth.freed', 1).map((each) => {
        const event = id === undefined ? each.event : { ...each.event, id };
        const input = { ...each.event, parsed: null, previous: null, occurredAt: null, idempotencyKey: 'twice' };
        return { ...each, event, idempotencyKey: 'twice', digest: digestOf({ ...input, data: content }) };
      });
    await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    // PostgreSQL refuses the first for its id, and with it the whole statement.
    const [first, second] = [keyed('{"n":1}', 'no UUID'), keyed('{"n":2}')];
    const answers = await Promise.allSettled([commits.store(innocent, first), commits.store(innocent, second)]);
    await commits.drained();
    expect(answers).toMatchObject([{ reason: { code: 'UNAVAILABLE' } }, { reason: { code: 'CONFLICT' } }]);
    const { rowCount } = await pool.query('SELECT FROM event WHERE id = $1', [second[0]?.event.id]);
    expect(rowCount).toBe(0);
  });

  it('asks for patience one who has too much waiting, and takes in what others bring', async () => {
    const commits = commitsOf();
    await commits.store(hostile, callEvents(hostile, 'crane.moved', 1));
    const taken: Promise<unknown>[] = [];
    const many = callEvents(hostile, 'nobody.takes', 100).map((each) => ({
      ...each,
      event: { ...each.event, projectId: null },
    }));
    const flood = () => {
      for (;;) taken.push(commits.store({ ...hostile, projectId: null }, many));
    };
    expect(flood).toThrow('More events are coming in than can be stored');
    expect(taken).toHaveLength(100);
    await commits.store(innocent, callEvents(innocent, 'berth.freed', 1));
    // The same events again and again: what matters is that they were let in, and are answered.
    await Promise.allSettled(taken);
  });

  it('reads the webhooks of one whose webhooks name very many types at little cost', async () => {
    const many = await createTenant(pool);
    await pool.query(
      `INSERT INTO webhook (id, organization_id, name, profile, url, event_types, retry_schedule_ms)
       SELECT gen_random_uuid(), $1, 'w', 'STANDARD', 'http://127.0.0.1:9/', array_agg(rpad(w || '.' || n || '.', 128, 'x')), '{}'
         FROM generate_series(1, 200) AS w, generate_series(1, 500) AS n GROUP BY w`,
      [many.organizationId],
    );
    const read = () => new RouteCache(pool, hostile.keys).of(many.organizationId);
    // The first one stores what their requests have in common.
    await read();
    const beganAt = cpuNow();
    const routes = await read();
    const took = cpuNow() - beganAt;
    expect(routes.to(null, '7.5.'.padEnd(128, 'x'))).toHaveLength(1);
    expect(routes.to(null, '7.501.'.padEnd(128, 'x'))).toHaveLength(0);
    expect(took).toBeLessThan(200);
  });
});
