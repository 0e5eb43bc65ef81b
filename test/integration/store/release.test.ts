import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as verify from '../../../client-sdk/src/verify/index.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { ensureDatabase } from '../../../local/postgres.ts';
import { migrate } from '../../../prisma/migrate.ts';
import { TestApi } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const release = join(packageRoot, 'test/fixtures/0.1.0');
/** Its README tells of them. */
const operatorKey = 'operator-key-of-the-0.1.0-fixture';
const encryptionKeys = `fixture:${Buffer.from('everhook 0.1.0 fixture test key!').toString('base64')}`;
const profiles = ['ONPLANA', 'PLANE', 'PLANE_CONNECTION', 'SLACK', 'STANDARD', 'TASKS', 'TESTPLANIT'];

/** What a migration changes on purpose: deleted webhooks lose their secrets, and counts that differed by project become one. */
const changed: Readonly<Record<string, string>> = {
  webhook_secret:
    'SELECT count(*)::int AS count FROM webhook_secret s JOIN webhook w ON w.id = s.webhook_id WHERE w.deleted_at IS NULL',
  delivery_minute: 'SELECT sum(delivered + failed + cancelled)::int AS count FROM delivery_minute',
  delivery_hour: 'SELECT sum(delivered + failed + cancelled)::int AS count FROM delivery_hour',
};

describe('a database that release 0.1.0 made', () => {
  const name = `release_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
  let pool: pg.Pool;
  let before: Record<string, number>;
  let applied: string[];
  let api: TestApi;
  let receiver: Receiver;

  const rows = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows;
  const counts = async (): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const { table } of await rows(
      `SELECT relname AS table FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )) {
      const counting = changed[table] ?? `SELECT count(*)::int AS count FROM "${table}"`;
      found[table] = (await rows(counting))[0].count;
    }
    return found;
  };

  beforeAll(async () => {
    await ensureDatabase(inject('postgresUrl'), name);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(await readFile(join(release, 'database.sql'), 'utf8'));
    await client.end();
    pool = new pg.Pool({ connectionString: url, max: 2 });
    before = await counts();
    applied = await migrate(url);
    receiver = await new Receiver(() => 200).listen();
    api = await TestApi.start({ encryptionKeys, operatorKey }, { databaseBy: async () => url });
  });
  afterAll(async () => {
    await api?.close();
    await receiver?.close();
    await pool?.end();
    const admin = new pg.Client({ connectionString: inject('postgresUrl') });
    await admin.connect();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });

  it('has each event type as its first version, with who made it', async () => {
    const types = await rows(
      `SELECT v.version, v.changed::text, v.principal_kind, v.schema::text = t.schema::text AS same,
              v.created_at = t.created_at AS since
         FROM event_type t LEFT JOIN event_type_version v ON v.event_type_id = t.id`,
    );
    expect(types).toHaveLength(before.event_type as number);
    for (const type of types) {
      expect(type).toEqual({
        version: 1,
        changed: '{}',
        principal_kind: expect.stringMatching(/^(OPERATOR|API_KEY|USER)$/),
        same: true,
        since: true,
      });
    }
  });

  it('has rows of every kind', async () => {
    for (const [table, count] of Object.entries(before)) {
      if (table !== 'process' && table !== 'key_holder') expect(count, table).toBeGreaterThan(0);
    }
    const statuses = await rows('SELECT DISTINCT status FROM delivery ORDER BY status');
    expect(statuses.map(({ status }) => status)).toEqual(['RETRYING', 'DELIVERED', 'FAILED', 'CANCELLED']);
    const used = await rows('SELECT DISTINCT profile::text AS profile FROM webhook ORDER BY profile');
    expect(used.map(({ profile }) => profile)).toEqual(profiles);
  });

  it('takes every migration since, and loses no row', async () => {
    const all = (await readdir(join(packageRoot, 'prisma/migrations'))).filter((entry) => !entry.endsWith('.toml'));
    const known = 7;
    expect(applied).toEqual(all.sort().slice(known));
    const after = await counts();
    for (const [table, count] of Object.entries(before)) {
      if (table === '_prisma_migrations') expect(after[table]).toBe(count + applied.length);
      // The processes of this test are in it too; the operator's key is stored again.
      else if (!['process', 'key_holder'].includes(table)) expect(after[table], table).toBe(count);
    }
  });

  it('shows its log', async () => {
    const { organizations } = await api.data(operatorKey, '{ organizations { edges { node { id name } } } }');
    const names = organizations.edges.map(({ node }: { node: { name: string } }) => node.name);
    expect(names.sort()).toEqual(['Harbour Robotics', 'Northwind Ferries']);
    const { deliveries } = await api.data(
      operatorKey,
      `query ($id: ID!) { deliveries(organizationId: $id, first: 100) { edges { node {
         id status direction eventType webhook { name } event { data } attempts { number outcome responseCode }
       } } } }`,
      {
        id: organizations.edges.find(({ node }: { node: { name: string } }) => node.name === 'Harbour Robotics').node
          .id,
      },
    );
    const shown: { status: string; direction: string; attempts: unknown[]; event: { data: unknown } | null }[] =
      deliveries.edges.map(({ node }: { node: unknown }) => node);
    expect(shown.length).toBeGreaterThan(50);
    for (const each of shown.filter(({ direction }) => direction === 'OUTBOUND')) {
      expect(each.event?.data).toBeTruthy();
      if (each.status !== 'CANCELLED') expect(each.attempts.length).toBeGreaterThan(0);
    }
  });

  it('sends a replay, signed by the secret that it had', async () => {
    const [delivery] = await rows(
      `SELECT d.id, w.id AS webhook_id FROM delivery d JOIN webhook w ON w.id = d.webhook_id
        WHERE w.name = 'delivered' AND d.status = 'DELIVERED' AND NOT d.is_test ORDER BY d.id LIMIT 1`,
    );
    const [secret] = await rows(`SELECT id, sealed FROM webhook_secret WHERE webhook_id = $1 AND state = 'ACTIVE'`, [
      delivery.webhook_id,
    ]);
    await api.data(
      operatorKey,
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      { input: { id: delivery.webhook_id, url: receiver.url } },
    );
    const { replayDelivery } = await api.data(
      operatorKey,
      'mutation ($input: ReplayDeliveryInput!) { replayDelivery(input: $input) { delivery { id } } }',
      { input: { id: delivery.id } },
    );
    const [request] = await receiver.count(1);
    const key = parseKeyRing(encryptionKeys).open(secret.sealed, `webhook_secret:${secret.id}`);
    const { body, headers } = request as NonNullable<typeof request>;
    expect(await verify.standard({ body, headers }, key)).toMatchObject({ type: 'berth.assigned' });
    expect(headers['x-team']).toBe('planning');
    const { id } = replayDelivery.delivery;
    await expect
      .poll(async () => (await rows('SELECT status FROM delivery WHERE id = $1', [id]))[0].status, { timeout: 20_000 })
      .toBe('DELIVERED');
  });
});
