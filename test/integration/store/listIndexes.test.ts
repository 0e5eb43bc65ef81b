import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';

/*
 * The delivery log of a month: a million deliveries of three organizations, each with what makes lists slow. Most are
 * delivered, answered 200 and of a few types; what people look for is rare, or old, or not there at all.
 */
const deliveries = 1_000_000;
const secondsApart = 2.6;
const projectsEach = 5;
const webhooksEach = 10;

let api: TestApi;
let pool: pg.Pool;
let tenants: TestTenant[];
/** Of the largest organization's first project. */
let busyWebhook: string;
let failingWebhook: string;

beforeAll(async () => {
  api = await TestApi.start();
  pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
  tenants = [await api.tenant(), await api.tenant(), await api.tenant()];
  const [largest] = tenants as [TestTenant];
  busyWebhook = (await api.webhook(largest)).id;
  failingWebhook = (await api.webhook(largest)).id;
  await fill();
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await api?.close();
});
afterEach(() => vi.restoreAllMocks());

async function fill(): Promise<void> {
  const projects = tenants.flatMap(({ projectId }) => [projectId, ...uuids(projectsEach - 1)]);
  // The last of each project's webhooks is a small one whose receiver failed for half the month.
  const webhooks = projects.flatMap((_, index) =>
    index === 0 ? [busyWebhook, ...uuids(webhooksEach - 2), failingWebhook] : uuids(webhooksEach),
  );
  // Lists by type are merged from the webhooks there are.
  await pool.query(
    `INSERT INTO project (id, organization_id, name, profile)
     SELECT p.id, ($2::uuid[])[1 + (p.n - 1) / $3], 'Quay', 'STANDARD'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n)
     ON CONFLICT DO NOTHING`,
    [projects, tenants.map(({ organizationId }) => organizationId), projectsEach],
  );
  await pool.query(
    `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types)
     SELECT w.id, p.organization_id, p.id, 'Board', 'STANDARD', 'https://example.com/', '{}'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, n) JOIN project p ON p.id = ($2::uuid[])[1 + (w.n - 1) / $3]
     ON CONFLICT DO NOTHING`,
    [webhooks, projects, webhooksEach],
  );
  const client = await pool.connect();
  try {
    // Built afterwards, the indexes take seconds instead of minutes.
    const { rows: indexes } = await client.query(
      `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'delivery' AND indexname <> 'delivery_pkey'`,
    );
    for (const { indexname } of indexes) await client.query(`DROP INDEX "${indexname}"`);
    await client.query(`
      ALTER TABLE delivery SET UNLOGGED;
      ALTER TABLE delivery DROP CONSTRAINT delivery_pkey;
      SET maintenance_work_mem = '256MB';
      SELECT setseed(0.5)`);
    await client.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, direction, status,
                             next_attempt_at, response_code, attempt_count, created_at, completed_at, changed_at)
       SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid,
              ($1::uuid[])[o], ($2::uuid[])[p], CASE WHEN NOT inbound THEN ($3::uuid[])[w] END, gen_random_uuid(),
              CASE WHEN n IN (3, 70000, 400000) THEN 'payment.disputed' ELSE 'order.changed.' || floor(20 * type ^ 3) END,
              CASE WHEN inbound THEN 'INBOUND' ELSE 'OUTBOUND' END::direction, status::delivery_status,
              CASE WHEN status = 'RETRYING' THEN now() END,
              CASE status WHEN 'DELIVERED' THEN CASE WHEN n IN (9, 50000) THEN 299 WHEN w % 10 = 4 THEN 204 ELSE 200 END
                          WHEN 'CANCELLED' THEN NULL
                          ELSE CASE WHEN n % 7 = 0 THEN 503 WHEN n % 7 > 1 THEN 500 END END,
              1, at, at, at
         FROM (SELECT *, now() - ($4::int - n) * $5::float8 * interval '1 second' AS at, md5(n::text) AS hash,
                      o = 1 AND p = 5 AND n % 100 = 4 AS inbound,
                      CASE WHEN n BETWEEN 200000 AND 200300 THEN 'CANCELLED'
                           WHEN w % $7::int = 0 AND n < $4::int / 2 OR fate < 0.006 THEN 'FAILED'
                           WHEN fate < 0.008 THEN 'RETRYING' ELSE 'DELIVERED' END AS status
                 FROM (SELECT *, (p - 1) * $7::int + 1 + CASE WHEN hook < 0.01 THEN $7::int - 1 ELSE floor(hook * ($7::int - 1))::int END AS w
                         FROM (SELECT *, (o - 1) * $6::int + 1 + floor(random() * $6::int)::int AS p
                                 FROM (SELECT n, CASE WHEN size < 0.7 THEN 1 WHEN size < 0.95 THEN 2 ELSE 3 END AS o, type, fate, hook
                                         FROM (SELECT n, random() AS size, random() AS type, random() AS fate, random() AS hook
                                                 FROM generate_series(1, $4::int) AS n) AS drawn) AS organizations) AS projects) AS webhooks) AS rows`,
      [
        tenants.map(({ organizationId }) => organizationId),
        projects,
        webhooks,
        deliveries,
        secondsApart,
        projectsEach,
        webhooksEach,
      ],
    );
    await client.query('ALTER TABLE delivery ADD PRIMARY KEY (id)');
    for (const { indexdef } of indexes) await client.query(indexdef);
    await client.query('VACUUM ANALYZE delivery');
  } finally {
    client.release();
  }
}

const uuids = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

interface Cost {
  /** Pages of 8 KiB that were looked at. */
  readonly pages: number;
  /** Most rows that were put in order. */
  readonly sorted: number;
  readonly nodes: string[];
}

/** Asks as a client does, and has PostgreSQL explain the statements that this made. */
async function costOf(filters: object): Promise<Cost & { rows: number; cursor: string }> {
  const query = vi.spyOn(pg.Pool.prototype, 'query');
  const { deliveries: page } = await api.data(
    (tenants as [TestTenant])[0].key,
    `query ($webhookId: ID, $projectId: ID, $organizationId: ID, $eventTypes: [String!], $statuses: [DeliveryStatus!],
            $responseCode: Int, $direction: Direction, $from: DateTime, $to: DateTime, $first: Int, $last: Int, $after: String, $before: String) {
       deliveries(webhookId: $webhookId, projectId: $projectId, organizationId: $organizationId, eventTypes: $eventTypes, statuses: $statuses,
                  responseCode: $responseCode, direction: $direction, from: $from, to: $to, first: $first, last: $last, after: $after, before: $before) {
         edges { cursor node { id status } }
       }
     }`,
    filters,
  );
  const statements = query.mock.calls.flatMap(([text, values]) =>
    typeof text === 'string' && text.includes('delivery d') ? [{ text, values: values as unknown as unknown[] }] : [],
  );
  query.mockRestore();
  if (statements.length === 0) throw new Error('The list was not read.');
  const cost = { nodes: [] as string[], sorted: 0 };
  let pages = 0;
  for (const { text, values } of statements) {
    const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    walk(rows[0]['QUERY PLAN'][0].Plan, cost);
    const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read } = rows[0]['QUERY PLAN'][0].Plan;
    pages += hit + read;
  }
  return { ...cost, pages, rows: page.edges.length, cursor: page.edges.at(-1)?.cursor };
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: PlanNode[];
}

function walk(node: PlanNode, cost: { nodes: string[]; sorted: number }): void {
  cost.nodes.push([node['Node Type'], node['Index Name'] ?? node['Relation Name']].filter(Boolean).join(' '));
  for (const child of node.Plans ?? []) {
    if (node['Node Type'].includes('Sort'))
      cost.sorted = Math.max(cost.sorted, child['Actual Rows'] * child['Actual Loops']);
    walk(child, cost);
  }
}

const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();

/** Filters by what they match: nearly everything, little, or nothing. */
const kinds: Record<string, Record<string, object>> = {
  common: {
    type: { eventTypes: ['order.changed.0'] },
    status: { statuses: ['DELIVERED'] },
    code: { responseCode: 200 },
    direction: { direction: 'OUTBOUND' },
    time: { from: hours(48) },
  },
  rare: {
    type: { eventTypes: ['payment.disputed', 'order.changed.19'] },
    status: { statuses: ['FAILED', 'CANCELLED'] },
    code: { responseCode: 503 },
    direction: { direction: 'INBOUND' },
    time: { from: hours(480), to: hours(479) },
  },
  absent: {
    type: { eventTypes: ['never.published'] },
    status: { statuses: ['PENDING', 'SENDING'] },
    code: { responseCode: 418 },
    direction: { direction: 'INBOUND' },
    time: { from: hours(10_001), to: hours(10_000) },
  },
};

const scopes: Record<string, () => object> = {
  organization: () => ({ organizationId: tenants[0]?.organizationId }),
  project: () => ({ projectId: tenants[0]?.projectId }),
  'busy webhook': () => ({ webhookId: busyWebhook }),
  'failing webhook': () => ({ webhookId: failingWebhook }),
};

const statusSets = [
  ...['PENDING', 'SENDING', 'RETRYING', 'DELIVERED', 'FAILED', 'CANCELLED'].map((status) => [status]),
  ['PENDING', 'SENDING', 'RETRYING'],
  ['PENDING', 'SENDING', 'RETRYING', 'FAILED', 'CANCELLED'],
  ['DELIVERED', 'FAILED'],
  ['PENDING', 'SENDING', 'RETRYING', 'DELIVERED', 'FAILED', 'CANCELLED'],
];

/** Every way to use some of the filters. */
const filterNames = ['type', 'status', 'code', 'direction', 'time'];
const subsets = Array.from({ length: 2 ** filterNames.length }, (_, bits) =>
  filterNames.filter((_name, index) => bits & (1 << index)),
);

/** Pages that all statements of a list may look at, of the 23,000 that the table has: also to learn which index is the sparsest. */
const few = { first: 2_500, any: 8_000 };

/** Those of the combinations that are not found by indexes, with few pages, sorting little. */
async function dear(combinations: Iterable<object>, most: number): Promise<object[]> {
  const found: object[] = [];
  for (const filters of combinations) {
    const { nodes, pages, sorted } = await costOf(filters);
    const scans = nodes.some((node) => node.startsWith('Seq Scan delivery'));
    if (scans || pages > most || sorted > most) found.push({ filters, pages, sorted, scans });
  }
  return found;
}

/*
 * What no index here helps with is a value that is common in its organization and never occurs in the scope asked for,
 * or never together with another (failed, and answered 200): then the scope's list is read until it ends. An index for
 * each pair of columns would cost every delivery; a range of time bounds it.
 */
describe('the first page of a list of a million deliveries', () => {
  for (const scope of Object.keys(scopes)) {
    for (const [kind, filters] of Object.entries(kinds)) {
      it(`is found by indexes, with every combination of ${kind} filters on the ${scope}`, async () => {
        const combinations = subsets.map((subset) =>
          Object.assign({}, scopes[scope]?.(), ...subset.map((filter) => filters[filter])),
        );
        expect(await dear(combinations, few.first)).toEqual([]);
      });
    }
    it(`is found by indexes, with every set of statuses on the ${scope}`, async () => {
      expect(
        await dear(
          statusSets.map((statuses) => ({ ...scopes[scope]?.(), statuses })),
          few.first,
        ),
      ).toEqual([]);
    });
  }

  it('shows what was asked for', async () => {
    expect(await costOf({ ...kinds.common?.type, ...kinds.common?.status })).toMatchObject({ rows: 20 });
    expect(await costOf({ ...kinds.rare?.type, ...kinds.rare?.time })).toMatchObject({ rows: expect.any(Number) });
    expect(await costOf({ ...kinds.rare?.direction })).toMatchObject({ rows: 20 });
    expect(await costOf({ responseCode: 299 })).toMatchObject({ rows: 2 });
    expect(await costOf({ ...kinds.absent?.status })).toMatchObject({ rows: 0 });
  });
});

describe('any other page', () => {
  for (const scope of Object.keys(scopes)) {
    it(`behind or before a cursor deep in the ${scope} is found by indexes, a hundred rows at a time`, async () => {
      const within = scopes[scope]?.();
      const { cursor } = await costOf({ ...within, to: hours(300) });
      const pages = subsets.flatMap((subset) => {
        const filters = Object.assign({}, within, ...subset.map((filter) => kinds.rare?.[filter]));
        return [
          { ...filters, first: 100, after: cursor },
          { ...filters, last: 100, before: cursor },
        ];
      });
      expect(await dear(pages, few.any)).toEqual([]);
    });
  }
});

describe('the count of what is under way', () => {
  for (const scope of Object.keys(scopes)) {
    it(`reads of the ${scope} what is under way, and nothing of what has ended`, async () => {
      const query = vi.spyOn(pg.Pool.prototype, 'query');
      const { openDeliveries } = await api.data(
        (tenants as [TestTenant])[0].key,
        `query ($webhookId: ID, $projectId: ID, $organizationId: ID) {
           openDeliveries(webhookId: $webhookId, projectId: $projectId, organizationId: $organizationId) { retrying }
         }`,
        scopes[scope]?.() ?? {},
      );
      const statements = query.mock.calls.map(([statement]) => statement as unknown as pg.QueryConfig);
      query.mockRestore();
      const statement = statements.find(({ name }) => name?.startsWith('open_deliveries'));
      const { rows } = await pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.text}`, statement?.values);
      const cost = { nodes: [] as string[], sorted: 0 };
      walk(rows[0]['QUERY PLAN'][0].Plan, cost);
      expect(openDeliveries.retrying).toBeGreaterThan(0);
      expect(cost.nodes.filter((node) => node.includes('Scan')).join()).toContain('_status_idx');
      expect(cost.nodes.join()).not.toContain('Seq Scan');
    });
  }
});
