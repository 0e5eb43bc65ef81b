import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallEvent } from '../../../core/events/call.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { openFastLane } from '../../support/fastLane.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook } from '../../support/tenant.ts';

/** More queued than this is as much as one webhook may have. */
const many = 2_000;

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/**
 * How many requests an organization with thousands queued begins in one turn of the event loop, at most.
 *
 * @param beside - whether another organization publishes meanwhile
 */
async function mostInTurn(beside: boolean): Promise<number> {
  let turn = 0;
  let smallAt = Number.NEGATIVE_INFINITY;
  const begun = new Map<number, number>();
  const large = await createTenant(pool);
  const small = { ...(await createTenant(pool)), keys: large.keys };
  const { dispatcher, commits, close } = openFastLane(pool, large.keys, 64, (sender) => ({
    send: (request) => {
      const now = performance.now();
      if (!request.url.includes('/many')) smallAt = now;
      // On a busy machine the other organization may be gone for longer.
      else if (dispatcher.load.queued > many && (!beside || now - smallAt < 500)) {
        begun.set(turn, (begun.get(turn) ?? 0) + 1);
      }
      return sender.send(request);
    },
    close: () => sender.close(),
  }));
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const receiver = await new Receiver(() => answered.then(() => 200)).listen();
  for (const path of ['many/1', 'many/2', 'many/3']) await createWebhook(pool, large, `${receiver.url}/${path}`);
  const quick = await new Receiver().listen();
  await createWebhook(pool, small, quick.url);
  await commits.store(large, callEvents(large, 'crane.moved', 1_000));
  await expect.poll(() => dispatcher.load.queued).toBeGreaterThan(many + 500);
  const one = () => commits.store(small, callEvents(small, 'crane.moved', 1));
  if (beside) await one();
  begun.clear();
  answer();
  const count = () => {
    turn++;
    if (dispatcher.load.queued > many) setImmediate(count);
  };
  count();
  while (dispatcher.load.queued > many) {
    if (beside) await one();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await close();
  await receiver.close();
  await quick.close();
  return Math.max(...begun.values());
}

it('a large event for many receivers holds the thread for one body at a time', async () => {
  const tenant = await createTenant(pool, 'PLANE');
  let turn = 0;
  const begun = new Map<number, number>();
  const { commits, close } = openFastLane(pool, tenant.keys, 64, (sender) => ({
    send: (request) => {
      begun.set(turn, (begun.get(turn) ?? 0) + 1);
      return sender.send(request);
    },
    close: () => sender.close(),
  }));
  const receiver = await new Receiver().listen();
  for (let path = 0; path < 6; path++)
    await createWebhook(pool, tenant, `${receiver.url}/${path}`, { profile: 'PLANE' });
  const [call] = callEvents(tenant, 'issue.created', 1) as [CallEvent];
  // As the profile writes it, each of its numbers takes a microsecond and more.
  const data = `{"numbers":[${'1.5,'.repeat(150_000)}1.5]}`;
  const count = setInterval(() => turn++, 0);
  await commits.store(tenant, [{ ...call, event: { ...call.event, data } }]);
  await receiver.count(6);
  clearInterval(count);
  expect(Math.max(...begun.values())).toBe(1);
  await close();
  await receiver.close();
});

it('an organization with thousands queued begins as many requests a turn as it may, and few where others have deliveries', async () => {
  expect(await mostInTurn(false)).toBeGreaterThan(4);
  const most = await mostInTurn(true);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
});
