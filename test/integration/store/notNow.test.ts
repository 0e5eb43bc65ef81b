import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../core/store/database.ts';
import { inTransaction } from '../../../core/store/transaction.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';

const createWebhook = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }`;
const createProject = `mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }`;
const createType = `mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }`;

describe('configuration that is changed by many at once', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const webhook = ({ projectId }: TestTenant, index: number) => ({
    input: { projectId, name: `Berth ${index}`, url: `https://hooks.example.com/${index}` },
  });

  it('waits its turn: of 300 webhooks, 10 projects and 10 event types none fails, or it is UNAVAILABLE where that takes too long', async () => {
    const { organizationId, projectId, key } = tenant;
    const range = (length: number) => Array.from({ length }, (_, index) => index);
    const answers = await Promise.all([
      ...range(300).map((index) => api.ask(key, createWebhook, webhook(tenant, index))),
      ...range(10).map((index) =>
        api.ask(key, createProject, { input: { organizationId, name: `Quay ${index}`, profile: 'STANDARD' } }),
      ),
      ...range(10).map((index) =>
        api.ask(key, createType, { input: { projectId, name: `crane.moved${index}`, schema: {} } }),
      ),
    ]);
    const refused = answers.flatMap(({ errors }) => errors ?? []);
    for (const { extensions } of refused) expect(extensions).toEqual({ code: 'UNAVAILABLE', retryAfter: 1 });
    expect(refused.length).toBeLessThan(160);
  }, 60_000);

  it('keeps no other organization waiting for all of it', async () => {
    const other = await api.tenant();
    const ended: string[] = [];
    const greedy = Array.from({ length: 150 }, (_, index) =>
      api.ask(tenant.key, createWebhook, webhook(tenant, 1_000 + index)).then(() => ended.push('greedy')),
    );
    const modest = api.ask(other.key, createWebhook, webhook(other, 0)).then(() => ended.push('modest'));
    await Promise.all([...greedy, modest]);
    expect(ended.indexOf('modest')).toBeLessThan(75);
  }, 60_000);
});

describe('a connection over which no answer comes', () => {
  let created: TestDatabase;
  let proxy: TcpProxy;
  let url: string;
  beforeAll(async () => {
    created = await createDatabase();
    const target = new URL(created.url);
    proxy = await tcpProxy(`http://${target.hostname}:${target.port || 5432}`);
    target.port = new URL(proxy.url).port;
    target.hostname = '127.0.0.1';
    url = target.href;
  });
  afterAll(async () => {
    await proxy.close();
    await created.drop();
  });

  it('is given up in time and thrown away with those that are as old, also amid a transaction', async () => {
    const database = openDatabase(url, { connections: 4, statementMs: 200 });
    const one = () => database.pool.query('SELECT 1');
    const transaction = () => inTransaction(database.prisma, 'a', (inside) => inside.$queryRaw`SELECT 1`);
    try {
      await Promise.all([one(), one(), one(), one()]);
      proxy.freeze();
      const failed = await Promise.all([transaction(), one()].map((each) => each.catch((error) => error)));
      expect(failed).toEqual([expect.any(Error), expect.any(Error)]);
      // Two of the four were never asked, and are as dead.
      await Promise.all([transaction(), one(), one(), one()]);
      expect(database.pool.totalCount).toBeLessThanOrEqual(4);
    } finally {
      await database.close();
    }
  });

  it('is no reason to wait with the end', async () => {
    const database = openDatabase(url, { connections: 2 });
    await Promise.all([database.pool.query('SELECT 1'), database.heartbeatPool.query('SELECT 1')]);
    proxy.freeze();
    await database.close();
  });

  it('fails a publishing call as UNAVAILABLE; repeated with its key, the event is there once', async () => {
    const api = await TestApi.start({ databaseUrl: url });
    const stored = new pg.Client({ connectionString: created.url });
    await stored.connect();
    const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;
    try {
      const tenant = await api.tenant();
      await api.eventType(tenant, 'crane.moved', {});
      const variables = (key: string) => ({
        input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {}, idempotencyKey: key }] },
      });
      await api.data(tenant.key, publish, variables('before'));
      proxy.freeze();
      const began = performance.now();
      const { errors } = await api.ask(tenant.key, publish, variables('while'));
      expect(errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfter: 1 });
      expect(performance.now() - began).toBeLessThan(20_000);
      const again = await api.data(tenant.key, publish, variables('while'));
      expect(await api.data(tenant.key, publish, variables('while'))).toEqual(again);
      const { rows } = await stored.query('SELECT count(*)::int FROM event');
      expect(rows).toEqual([{ count: 2 }]);
    } finally {
      await stored.end();
      await api.close();
    }
  }, 60_000);
});
