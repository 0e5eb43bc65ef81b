import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../core/store/database.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('a process that falls silent amid a transaction holds what it has locked for no longer than a statement may take', async () => {
  const silent = openDatabase(database.url, { connections: 2, hotConnections: 2, statementMs: 1_000 });
  const living = openDatabase(database.url, { statementMs: 20_000 });
  try {
    for (const pool of [silent.pool, silent.hotPool, silent.heartbeatPool]) {
      const client = await pool.connect();
      await client.query('BEGIN; LOCK TABLE process IN SHARE ROW EXCLUSIVE MODE');
      // It has the row once the other's transaction was ended.
      await living.pool.query(`INSERT INTO process (id, kind) VALUES (gen_random_uuid(), 'api')`);
      await expect(client.query('SELECT 1')).rejects.toThrow();
      client.release(true);
    }
    await silent.prisma
      .$transaction(async (transaction) => {
        await transaction.$executeRaw`LOCK TABLE process IN SHARE ROW EXCLUSIVE MODE`;
        await living.pool.query(`INSERT INTO process (id, kind) VALUES (gen_random_uuid(), 'api')`);
      })
      .catch(() => {});
  } finally {
    await silent.close();
    await living.close();
  }
});
