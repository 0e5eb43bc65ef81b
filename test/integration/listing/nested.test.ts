import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { createWebhook } from '../../support/tenant.ts';

const owners = 3;
/** What each of them has in each list, at least. */
const each = 40;

type Edges = { edges: { cursor: string; node: { id: string } & Record<string, Edges> }[]; pageInfo: object };
type Connection = Edges & {
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
};

describe('the lists of several rows', () => {
  let api: TestApi;
  let pool: pg.Pool;
  let tenants: TestTenant[];
  let first: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    tenants = [];
    for (let at = 0; at < owners; at++) tenants.push(await api.tenant());
    [first] = tenants as [TestTenant];
    const query = (text: string, ...values: unknown[]) => pool.query(text, values);
    for (const { organizationId, projectId } of tenants) {
      await query(
        `INSERT INTO project (id, organization_id, name, profile)
         SELECT ('00000000' || substr(gen_random_uuid()::text, 9))::uuid, $1, 'Quay ' || n, 'STANDARD' FROM generate_series(1, $2::int) AS n`,
        organizationId,
        each,
      );
      await query(
        `INSERT INTO webhook (id, organization_id, project_id, name, profile, url)
         SELECT ('00000000' || substr(gen_random_uuid()::text, 9))::uuid, $1, $2, 'Board ' || n, 'STANDARD', 'https://example.com' FROM generate_series(1, $3::int) AS n`,
        organizationId,
        projectId,
        each,
      );
    }
    const { organizationId, projectId } = first;
    for (let at = 0; at < owners; at++) {
      const { id } = await createWebhook(
        pool,
        { ...first, keys: parseKeyRing(generateKey()) },
        `https://example.com/${at}`,
      );
      const original = randomUUID();
      const event = randomUUID();
      await query(
        `INSERT INTO event (id, organization_id, project_id, type, occurred_at, data)
         VALUES ($1, $2, $3, 'crane.moved', now(), '{}')`,
        event,
        organizationId,
        projectId,
      );
      await query(
        `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, direction, status, replay_of_id, created_at)
         SELECT CASE n WHEN 0 THEN $1::uuid ELSE gen_random_uuid() END, $2, $3, $4, $5, 'crane.moved', 'OUTBOUND',
                (CASE WHEN n % 2 = 0 THEN 'DELIVERED' ELSE 'FAILED' END)::delivery_status, CASE n WHEN 0 THEN NULL ELSE $1::uuid END, now()
           FROM generate_series(0, $6::int - 1) AS n`,
        original,
        organizationId,
        projectId,
        id,
        event,
        each,
      );
      await query(
        `INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
         SELECT organization_id, 'customer', 'c_' || (row_number() OVER () % 10), event_type, id FROM delivery WHERE webhook_id = $1`,
        id,
      );
      await query(
        `INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", at)
         SELECT gen_random_uuid(), $1, $2, 'HEALTHY', 'DEGRADED', date_trunc('hour', now()) + (n % 7) * interval '1 second'
           FROM generate_series(1, $3::int) AS n`,
        organizationId,
        id,
        each,
      );
    }
  });
  afterAll(async () => {
    await pool?.end();
    await api?.close();
  });

  /** Each list, with the list of those that have it, and who asks. */
  const lists: readonly [owner: string, list: string, operator?: boolean][] = [
    ['webhooks', 'deliveries'],
    ['webhooks', 'healthChanges'],
    ['events', 'deliveries'],
    ['organizations', 'projects', true],
    ['organizations', 'webhooks', true],
    ['projects', 'webhooks', true],
  ];

  it.each(lists)(
    '%s { %s }: what is shown is read, and no more, for one owner as for many',
    async (owner, list, all) => {
      const ask = async (count: number) => {
        const rows = vi.spyOn(pg.Result.prototype as unknown as { addRow(row: unknown): void }, 'addRow');
        const data = await api.data(
          all ? operatorKey : first.key,
          `{ ${owner}(first: ${count}) { edges { node { id ${list}(first: 2) { edges { node { id } } } } } } }`,
        );
        const read = rows.mock.calls.length;
        rows.mockRestore();
        const shown = data[owner].edges.map(({ node }: { node: Record<string, Edges> }) => node[list]?.edges.length);
        return { read, shown };
      };
      await ask(1);
      const statements = vi.spyOn(pg.Client.prototype, 'query');
      const listing = () =>
        statements.mock.calls.filter(([given]) => {
          const text = (given as { text?: string })?.text ?? String(given);
          return /"public"\."|owner\(id\)/.test(text) && !text.includes('"api_key"');
        }).length;
      await ask(1);
      const forOne = listing();
      statements.mockClear();
      const { read, shown } = await ask(owners);
      expect(listing()).toBe(forOne);
      statements.mockRestore();
      expect(shown).toEqual(Array(owners).fill(2));
      // A row for each owner, for its ids, and for each of two rows; whole lists would be three times `each`.
      expect(read).toBeLessThan(each);
    },
  );

  it.each(lists)(
    '%s { %s }: are counted once and all together, without reading a row, however often their totals are asked for',
    async (owner, list, all) => {
      const ask = async (totals: string) => {
        const statements = vi.spyOn(pg.Client.prototype, 'query');
        const rows = vi.spyOn(pg.Result.prototype as unknown as { addRow(row: unknown): void }, 'addRow');
        const data = await api.data(
          all ? operatorKey : first.key,
          `{ ${owner}(first: ${owners}) { edges { node { list: ${list}(first: 0) { ${totals} } } } } }`,
        );
        const asked = statements.mock.calls.filter(([given]) =>
          ((given as { text?: string })?.text ?? String(given)).includes('owner(id)'),
        ).length;
        const longest = Math.max(...rows.mock.calls.map(([row]) => JSON.stringify(row).length));
        statements.mockRestore();
        rows.mockRestore();
        return { asked, longest, shown: data[owner].edges.map(({ node }: { node: { list: object } }) => node.list) };
      };
      const once = await ask('totalCount');
      const often = await ask('totalCount a: totalCount b: totalCount c: total { count more }');
      expect(often.asked).toBe(once.asked);
      expect(often.longest).toBeLessThan(each * 36);
      expect(often.shown).toEqual(
        once.shown.map(({ totalCount }: { totalCount: number }) => ({
          totalCount,
          a: totalCount,
          b: totalCount,
          c: { count: totalCount, more: false },
        })),
      );
      const bounded = await ask('total(atMost: 5) { count more }');
      expect(bounded.shown).toEqual(
        once.shown.map(({ totalCount }: { totalCount: number }) => ({
          total: { count: Math.min(totalCount, 5), more: totalCount > 5 },
        })),
      );
    },
  );

  it('eventTypes { versions }: one statement finds them and one reads them, for one type as for many', async () => {
    const tenant = tenants[1] as TestTenant;
    const make = async (name: string) => {
      await api.eventType(tenant, name);
      for (const description of ['One.', 'Two.']) {
        await api.data(
          tenant.key,
          'mutation ($input: UpdateEventTypeInput!) { updateEventType(input: $input) { eventType { id } } }',
          { input: { id: name, projectId: tenant.projectId, description } },
        );
      }
    };
    const ask = async () => {
      const text = `query ($projectId: ID) { eventTypes(projectId: $projectId) { name versions(first: 2) { totalCount edges { node { version } } } } }`;
      const { eventTypes } = await api.data(tenant.key, text, { projectId: tenant.projectId });
      return eventTypes.filter(({ name }: { name: string }) => name.startsWith('crane.'));
    };
    await make('crane.one');
    await ask();
    const statements = vi.spyOn(pg.Client.prototype, 'query');
    const listing = () =>
      statements.mock.calls.filter(([given]) =>
        ((given as { text?: string })?.text ?? String(given)).includes('event_type_version'),
      ).length;
    await ask();
    const forOne = listing();
    expect(forOne).toBeGreaterThan(0);
    for (const name of ['crane.two', 'crane.three']) await make(name);
    statements.mockClear();
    const types = await ask();
    expect(listing()).toBe(forOne);
    statements.mockRestore();
    expect(types).toHaveLength(owners);
    for (const { versions } of types) {
      expect(versions).toEqual({ totalCount: 3, edges: [{ node: { version: 3 } }, { node: { version: 2 } }] });
    }
  });

  it('replays: the newest hundred, of each', async () => {
    const { deliveries } = await api.data(
      first.key,
      '{ deliveries(first: 100, statuses: [DELIVERED]) { edges { node { id replayOf { id } } } } }',
    );
    const originals = deliveries.edges.flatMap(
      ({ node }: { node: { replayOf: { id: string } | null } }) => node.replayOf ?? [],
    );
    const [id] = originals.map((original: { id: string }) => original.id);
    const { delivery } = await api.data(
      first.key,
      'query ($id: ID!) { delivery(id: $id) { replays { id replayOf { id } } } }',
      { id },
    );
    const ids: string[] = delivery.replays.map((replay: { id: string }) => replay.id);
    expect(ids).toHaveLength(each - 1);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect(new Set(delivery.replays.map((replay: { replayOf: { id: string } }) => replay.replayOf.id))).toEqual(
      new Set([id]),
    );
  });

  it.each(lists)('%s { %s } page through without gaps or repeats, forwards and backwards', async (owner, list, all) => {
    const key = all ? operatorKey : first.key;
    const ask = async (args: string): Promise<Connection[]> => {
      const data = await api.data(
        key,
        `{ ${owner}(first: ${owners}) { edges { node { ${list}(${args}) { totalCount edges { cursor node { id } }
           pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } } }`,
      );
      return data[owner].edges.map(({ node }: { node: Record<string, Connection> }) => node[list]);
    };
    const idsOf = ({ edges }: Edges) => edges.map(({ node }) => node.id);
    const wholes = await ask(`first: ${each + 5}`);
    for (const [at, whole] of wholes.entries()) {
      const ids = idsOf(whole);
      expect(new Set(ids).size).toBe(ids.length);
      expect(whole).toMatchObject({ totalCount: ids.length });
      if (ids.length === 0) continue;
      const forwards: string[] = [];
      for (let after = ''; ; ) {
        const page = (await ask(`first: 9${after}`))[at] as Connection;
        forwards.push(...idsOf(page));
        if (!page.pageInfo.hasNextPage) break;
        after = `, after: "${page.pageInfo.endCursor}"`;
      }
      expect(forwards).toEqual(ids);
      const last = (await ask('last: 5'))[at] as Connection;
      expect(idsOf(last)).toEqual(ids.slice(-5));
      const before = (await ask(`last: ${each + 5}, before: "${last.pageInfo.startCursor}"`))[at] as Connection;
      expect(idsOf(before)).toEqual(ids.slice(0, -5));
    }
  });

  it('deliveries of a webhook and of an event are filtered as the log is', async () => {
    const filters = [
      'labels: [{ key: "customer", value: "c_3" }]',
      'labels: [{ key: "customer", value: "c_3" }], statuses: [FAILED]',
      'labels: [{ key: "customer", value: "nobody" }]',
      'statuses: [DELIVERED]',
      'eventTypes: ["crane.lost"]',
      'isTest: true',
      'responseCode: 500',
      `to: "${new Date(Date.now() - 3_600_000).toISOString()}"`,
    ];
    const { webhooks, events } = await api.data(
      first.key,
      `{ webhooks(first: ${owners}) { edges { node { id } } } events(first: ${owners}) { edges { node { id } } } }`,
    );
    const ids = (connection: Edges) => connection.edges.map(({ node }) => node.id);
    for (const filter of filters) {
      for (const [field, argument, list] of [
        ['webhook', 'webhookId', webhooks],
        ['event', 'eventId', events],
      ] as const) {
        for (const id of ids(list)) {
          const data = await api.data(
            first.key,
            `query ($id: ID!) { ${field}(id: $id) { deliveries(first: 50, ${filter}) { totalCount edges { node { id } } } }
               deliveries(first: 50, ${argument}: $id, ${filter}) { totalCount edges { node { id } } } }`,
            { id },
          );
          expect(data[field].deliveries, `${field}, ${filter}`).toEqual(data.deliveries);
        }
      }
    }
    const some = await api.data(
      first.key,
      `{ webhooks(first: ${owners}) { edges { node { deliveries(labels: [{ key: "customer", value: "c_3" }]) { totalCount } } } } }`,
    );
    expect(some.webhooks.edges.map(({ node }: { node: object }) => node)).toEqual(
      Array(owners).fill({ deliveries: { totalCount: each / 10 } }),
    );
    expect(
      await api.refusal(
        first.key,
        '{ webhooks(first: 1) { edges { node { deliveries(labels: [{ key: "", value: "x" }]) { edges { cursor } } } } } }',
      ),
    ).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('show a project’s reader only what is the project’s', async () => {
    const { organizationId, projectId } = first;
    const key = await api.key(first.key, { organizationId, projectId, role: 'VIEWER' });
    const whole = await createWebhook(
      pool,
      { ...first, keys: parseKeyRing(generateKey()) },
      'https://example.com/whole',
      { organizationWide: true },
    );
    const { organizations } = await api.data(
      key,
      '{ organizations(first: 1) { edges { node { projects { totalCount edges { node { id } } } webhooks(first: 60) { totalCount edges { node { id } } } } } } }',
    );
    const [{ node }] = organizations.edges;
    expect(node.projects).toEqual({ totalCount: 1, edges: [{ node: { id: projectId } }] });
    expect(node.webhooks.totalCount).toBe(each + owners);
    expect(node.webhooks.edges).not.toContainEqual({ node: { id: whole.id } });
  });
});
