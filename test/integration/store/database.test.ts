import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createDatabase();
  database = openDatabase(created.url, { connections: 2, hotConnections: 1 });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

/** A connection in the middle of a transaction, and what ends it from the server's side. */
async function begun() {
  const client = await database.pool.connect();
  const { rows } = await client.query('BEGIN; SELECT pg_backend_pid() AS pid').then((results) => (results as never)[1]);
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  const terminate = async () => {
    await database.pool.query('SELECT pg_terminate_backend($1)', [(rows as { pid: number }[])[0]?.pid]);
    await ended;
  };
  return { client, terminate };
}

it('a connection that breaks amid a transaction fails that transaction, and not the process', async () => {
  const { client, terminate } = await begun();
  await terminate();
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
  expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('the hot path and the heartbeat have connections of their own while every other one is taken', async () => {
  const taken = await Promise.all([database.pool.connect(), database.pool.connect()]);
  expect((await database.hotPool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect((await database.heartbeatPool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  for (const client of taken) client.release();
});
