import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstId } from '../../../core/ground/idTime.ts';
import { nextItems } from '../../../core/recoveries/nextItems.ts';
import { countRecoverable } from '../../../core/recoveries/recoverable.ts';
import type { Selection } from '../../../core/recoveries/selection.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

/** As many as a batch of a recovery takes. */
const enough = 25;

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

/** A log of events and webhooks: the part of all pairs that was delivered, and of the rest the part that failed instead of missing. */
async function logOf(events: number, webhooks: number, delivered: number, failed: number): Promise<Tenant> {
  const tenant = await createTenant(pool);
  for (let made = 0; made < webhooks; made++) await createWebhook(pool, tenant, 'http://127.0.0.1:9/');
  await pool.query(
    `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
     SELECT uuidv7(), $1, $2, 'crane.moved', '{}', now() FROM generate_series(1, $3::int)`,
    [tenant.organizationId, tenant.projectId, events],
  );
  await pool.query('SELECT setseed(0.5)');
  await pool.query(
    `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
     SELECT uuidv7(), $1, $2, webhook, event, 'crane.moved', CASE WHEN random() < $3 THEN 'DELIVERED' ELSE 'FAILED' END::delivery_status
       FROM (SELECT e.id AS event, w.id AS webhook, random() AS draw FROM event e, webhook w
              WHERE e.organization_id = $1 AND w.organization_id = $1 ORDER BY 1, 2) AS pair
      WHERE draw < $3 + (1 - $3) * $4`,
    [tenant.organizationId, tenant.projectId, delivered, failed],
  );
  return tenant;
}

const selectionOf = ({ organizationId, projectId }: Tenant): Selection => ({
  organizationId,
  projectId,
  webhookId: null,
  since: null,
  until: new Date(Date.now() + 60_000),
  include: ['FAILED', 'CANCELLED', 'MISSED'],
  filter: {},
});

/** Reads a selection to its end. `read` is the number of items that the database answered, sent or not. */
async function readAll(selection: Selection) {
  let read = 0;
  let batches = 0;
  const counted = {
    async query(statement: { text: string; values: unknown[] }) {
      const result = await pool.query(statement);
      for (const { ids } of result.rows) read += ids.length;
      return result;
    },
  } as unknown as Pick<pg.PoolClient, 'query'>;
  const items: string[] = [];
  for (let after: string | null = firstId; after !== null; batches++) {
    const next: Awaited<ReturnType<typeof nextItems>> = await nextItems(counted, selection, after, enough);
    items.push(...next.items.map(({ id, webhookId, missed }) => `${id} ${webhookId} ${missed}`));
    after = next.upTo;
  }
  return { items, read, batches };
}

it('every failed and missed delivery is read once, in the order of ids, whatever part of the log was delivered', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(0, 0.5, 0.97, 1),
      fc.constantFrom(0, 0.3, 1),
      async (events, webhooks, delivered, failed) => {
        const tenant = await logOf(events, webhooks, delivered, failed);
        const { items } = await readAll(selectionOf(tenant));
        const { rows } = await pool.query<{ item: string }>(
          `SELECT id || ' ' || webhook_id || ' false' AS item FROM delivery WHERE organization_id = $1 AND status = 'FAILED'
           UNION ALL
           SELECT e.id || ' ' || w.id || ' true' FROM event e JOIN webhook w USING (organization_id)
            WHERE e.organization_id = $1 AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.webhook_id = w.id)`,
          [tenant.organizationId],
        );
        expect([...items].sort()).toEqual(rows.map(({ item }) => item).sort());
        const ids = items.map((item) => item.slice(0, 36));
        expect(ids).toEqual([...ids].sort());
        const { failed: countedFailed, missed } = await countRecoverable(pool, selectionOf(tenant));
        expect(countedFailed + missed).toBe(rows.length);
      },
    ),
    { numRuns: 12 },
  );
});

it('a batch reads about what it sends, and more at a time where little of the log is to be sent', async () => {
  const missed = await readAll(selectionOf(await logOf(400, 20, 0, 0)));
  expect(missed.items).toHaveLength(8_000);
  expect(missed.read).toBeLessThan(8 * 8_000);
  const sparse = await readAll(selectionOf(await logOf(3_000, 2, 0.998, 0)));
  expect(sparse.items.length).toBeGreaterThan(0);
  expect(sparse.batches).toBeLessThan(12);
});

it('a count answers a number, not as many ids', async () => {
  const tenant = await logOf(1_000, 20, 0, 0);
  let bytes = 0;
  const { missed, isAtLeast } = await countRecoverable(
    {
      async query(statement: { text: string; values: unknown[] }) {
        const result = await pool.query(statement);
        bytes += JSON.stringify(result.rows).length;
        return result;
      },
    } as unknown as Pick<pg.Pool, 'query'>,
    selectionOf(tenant),
  );
  expect({ missed, isAtLeast }).toEqual({ missed: 20_000, isAtLeast: false });
  expect(bytes).toBeLessThan(2_000);
});
