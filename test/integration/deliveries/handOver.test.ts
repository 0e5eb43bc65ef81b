import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HandOver } from '../../../core/deliveries/handOver.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

describe('what is left to workflows', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('goes a few hundred at a time, and one organization’s few are not behind another’s thousands', async () => {
    const handOver = new HandOver(pool);
    const given: string[] = [];
    const give = (organization: string, count: number) =>
      handOver.give(organization, ids(count), (part) => given.push(`${organization} ${part.length}`));
    await Promise.all([give('many', 2_100), give('few', 3)]);
    expect(given).toEqual([
      ...['many 250', 'many 250', 'few 3'],
      ...Array.from({ length: 6 }, () => 'many 250'),
      'many 100',
    ]);
  });

  it('is told to have failed, all that waits at once, where the database is away', async () => {
    const gone = new pg.Pool({ connectionString: database.url, max: 1 });
    await gone.end();
    const handOver = new HandOver(gone);
    const given: unknown[] = [];
    const outcomes = await Promise.allSettled([
      handOver.give('one', ids(1_000), (part) => given.push(part)),
      handOver.give('another', ids(1), (part) => given.push(part)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(given).toEqual([]);
    // What comes afterwards is tried anew.
    await expect(handOver.give('one', ids(1), () => {})).rejects.toThrow();
  });
});
