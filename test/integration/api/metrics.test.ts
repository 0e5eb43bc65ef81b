import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../core/composition/metrics.ts';
import { addStoreGauges } from '../../../core/composition/storeGauges.ts';
import { readInstallationState } from '../../../core/stats/installationState.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { seriesOf } from '../../support/promql.ts';
import { Receiver } from '../../support/receiver.ts';

let api: TestApi;
let pool: pg.Pool;
let receiver: Receiver;
let tenant: TestTenant;

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const publishOne = () =>
  api.data(tenant.key, publish, {
    input: { projectId: tenant.projectId, events: [{ type: 'ship.docked', data: {} }] },
  });
const scrape = async () => (await fetch(`${api.url}/metrics`)).text();
const sampleOf = (text: string, series: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

beforeAll(async () => {
  receiver = await new Receiver((_request, count) => (count === 1 ? 500 : 200)).listen();
  api = await TestApi.start();
  pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
  tenant = await api.tenant();
  await api.eventType(tenant, 'ship.docked');
});
afterAll(async () => {
  await pool?.end();
  await api?.close();
  await receiver?.close();
});

describe('the metrics of an API process', () => {
  it('count what becomes of events, by outcome and profile, and how long it took', async () => {
    await api.webhook(tenant, { url: receiver.url });
    await publishOne();
    await receiver.count(1);
    await publishOne();
    await receiver.count(2);
    const failed = 'everhook_attempts_total{outcome="HTTP_ERROR",status="RETRYING",profile="STANDARD"}';
    const succeeded = 'everhook_attempts_total{outcome="SUCCEEDED",status="DELIVERED",profile="STANDARD"}';
    await expect.poll(async () => sampleOf(await scrape(), succeeded)).toBe('1');
    const text = await scrape();
    expect(sampleOf(text, failed)).toBe('1');
    expect(sampleOf(text, 'everhook_publish_duration_seconds_count')).toBe('2');
    expect(sampleOf(text, 'everhook_delivery_latency_seconds_count{attempt="first"}')).toBe('1');
    expect(sampleOf(text, 'everhook_lanes{state="open"}')).toBe('1');
    expect(sampleOf(text, 'everhook_requests_max')).toBe('64');
    expect(sampleOf(text, 'everhook_database_reachable')).toBe('1');
    expect(sampleOf(text, 'everhook_temporal_reachable')).toBe('0');
    expect(Number(sampleOf(text, 'everhook_http_requests_total{route="graphql",status="2xx"}'))).toBeGreaterThan(5);
  });

  it('do not grow with what callers choose, and show nothing of it', async () => {
    const marker = randomBytes(8).toString('hex');
    const send = async (index: number) => {
      const name = `${marker}${index}`;
      const [path, body] = [
        [`/${name}`, undefined],
        [`/v1/${name}`, undefined],
        [`/api/webhooks/${name}`, '{}'],
        ['/graphql', JSON.stringify({ query: `query Q${name} { __typename }`, operationName: `Q${name}` })],
      ][index % 4] as [string, string | undefined];
      const headers = { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' };
      await fetch(`${api.url}${path}`, body === undefined ? {} : { method: 'POST', headers, body }).then((answer) =>
        answer.text(),
      );
    };
    // Each kind of answer once: also the refusals of an address that was refused too often.
    await Promise.all(Array.from({ length: 400 }, (_, index) => send(index)));
    // Node names the handles that are open at this moment, and the collections of garbage that it has done: a few kinds, and
    // none of the callers' choice.
    const lasting = (scraped: string) =>
      seriesOf(scraped).filter((series) => !/^everhook_nodejs_(active_|gc_)/.test(series));
    const before = lasting(await scrape());
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(1_000 + round * 100 + index)));
    }
    const text = await scrape();
    expect(lasting(text)).toEqual(before);
    expect(text).not.toContain(marker);
    expect(text).not.toContain(tenant.organizationId);
  });
});

describe('what waits in the installation', () => {
  const state = () => readInstallationState(pool);

  it('is read from the rows: deliveries that are due, retried and held, webhooks that are not well, and trackers’ reports', async () => {
    const before = await state();
    await pool.query(`UPDATE delivery SET next_attempt_at = now() - interval '90 seconds' WHERE status = 'RETRYING'`);
    await pool.query(`UPDATE webhook_state SET health = 'DISABLED'`);
    const after = await state();
    expect(before).toMatchObject({ oldestDueSeconds: expect.any(Number), retrying: 1, held: 0, disabledWebhooks: 0 });
    expect(after.oldestDueSeconds).toBeGreaterThanOrEqual(90);
    expect(after).toMatchObject({ due: 1, retrying: 1, degradedWebhooks: 0, disabledWebhooks: 1 });
    await pool.query(`UPDATE delivery SET status = 'HELD' WHERE status = 'RETRYING'`);
    await pool.query(`UPDATE webhook_state SET health = 'DEGRADED'`);
    expect(await state()).toEqual({
      oldestDueSeconds: 0,
      due: 0,
      retrying: 0,
      held: 1,
      degradedWebhooks: 1,
      disabledWebhooks: 0,
      inboundOldestDueSeconds: 0,
      inboundPending: 0,
    });
  });

  it('is read by indexes alone', async () => {
    const texts: string[] = [];
    const client = await pool.connect();
    try {
      const query = client.query.bind(client) as (text: string) => Promise<{ rows: { 'QUERY PLAN': string }[] }>;
      const reading = {
        connect: async () => ({
          query: async (text: string) => {
            texts.push(text);
            return { rows: [{}] };
          },
          release() {},
        }),
      };
      await readInstallationState(reading as never);
      await query('SET enable_seqscan = off');
      const { rows } = await query(`EXPLAIN ${texts.find((text) => text.includes('oldestDueSeconds'))}`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toContain('Seq Scan');
      for (const index of [
        'delivery_due_idx',
        'delivery_webhook_held_idx',
        'webhook_state_unwell_idx',
        'inbound_event_due_idx',
      ]) {
        expect(plan).toContain(index);
      }
      await query('RESET enable_seqscan');
    } finally {
      client.release();
    }
  });

  it('is read once, however many scrape', async () => {
    let taken = 0;
    const count = () => {
      taken++;
    };
    pool.on('acquire', count);
    const metrics = createMetrics();
    addStoreGauges({ pool, metrics, log: pino({ level: 'silent' }) });
    const texts = await Promise.all(Array.from({ length: 20 }, () => metrics.registry.metrics()));
    pool.off('acquire', count);
    expect(taken).toBe(1);
    expect(texts.map((text) => sampleOf(text, 'everhook_held_deliveries'))).toEqual(Array(20).fill('1'));
  });

  it('is not shown while PostgreSQL cannot be read, and the rest is', async () => {
    const away = new pg.Pool({ connectionString: 'postgresql://nobody:none@127.0.0.1:9/none' });
    const metrics = createMetrics();
    addStoreGauges({ pool: away, metrics, log: pino({ level: 'silent' }) });
    const text = await metrics.registry.metrics();
    expect(sampleOf(text, 'everhook_database_reachable')).toBe('0');
    expect(sampleOf(text, 'everhook_backlog_deliveries')).toBeUndefined();
    expect(sampleOf(text, 'everhook_events_total')).toBe('0');
  });
});

describe('the log of an API process', () => {
  type Line = Record<string, unknown>;
  const lines = (message: string): Line[] =>
    api.log.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === message);
  const ask = (headers: Record<string, string>, body?: object) =>
    fetch(`${api.url}/log-level`, {
      method: body ? 'PUT' : 'GET',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const asOperator = { authorization: `Bearer ${operatorKey}` };

  it('has a line for each request, with what was asked, by whom, and how it ended, and no path', async () => {
    const before = lines('request').length;
    const marker = randomBytes(8).toString('hex');
    const headers = { authorization: `Bearer ${tenant.key}`, 'x-request-id': marker };
    await api.ask(tenant.key, 'query Shown { viewer { kind } }', {}, headers);
    await fetch(`${api.url}/v1/webhooks?limit=1`, { headers: { authorization: headers.authorization } });
    await fetch(`${api.url}/api/webhooks/${marker}secret`, { method: 'POST', body: '{}' });
    await expect.poll(() => lines('request').length).toBe(before + 3);
    const [graphql, rest, inbound] = lines('request').slice(before);
    expect(graphql).toMatchObject({
      ...{ method: 'POST', route: 'graphql', operation: 'query Shown', status: 200 },
      ...{ requestId: marker, tenant: tenant.organizationId, ms: expect.any(Number), level: 20 },
    });
    expect(rest).toMatchObject({ route: 'rest', operation: 'GET /v1/webhooks', tenant: tenant.organizationId });
    expect(inbound).toMatchObject({ route: 'inbound', method: 'POST' });
    expect(api.log.join('')).not.toContain(`${marker}secret`);
  });

  it('has a line for a failed attempt, without what the receiver got or said', () => {
    const [failed, ...others] = lines('an attempt failed');
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      ...{ level: 30, organizationId: tenant.organizationId, attempt: 1 },
      ...{ outcome: 'HTTP_ERROR', responseCode: 500, status: 'RETRYING' },
    });
    expect(JSON.stringify(failed)).not.toContain(new URL(receiver.url).port);
  });

  it('changes its level by the operator’s key, for a while, and by no other', async () => {
    expect((await ask({ authorization: `Bearer ${tenant.key}` }, { level: 'fatal' })).status).toBe(403);
    expect((await ask({}, { level: 'fatal' })).status).toBe(401);
    for (const [body, field] of [
      [{ level: 'loud' }, 'level'],
      [{ level: 'debug', minutes: 0 }, 'minutes'],
      [{ level: 'debug', minutes: 1_441 }, 'minutes'],
      [{ level: 'debug', for: 1 }, 'for'],
    ] as const) {
      const refused = await ask(asOperator, body);
      expect([refused.status, (await refused.json()).errors[0].extensions.field]).toEqual([400, field]);
    }
    const changed = await (await ask(asOperator, { level: 'error', minutes: 10 })).json();
    expect(changed).toEqual({ level: 'error', until: expect.any(String) });
    expect(Date.parse(changed.until) - Date.now()).toBeGreaterThan(9 * 60_000);
    await api.ask(tenant.key, 'query Quiet { viewer { kind } }');
    expect(await (await ask(asOperator)).json()).toEqual(changed);
    expect(await (await ask(asOperator, { level: null })).json()).toEqual({ level: null, until: null });
    await api.ask(tenant.key, 'query Loud { viewer { kind } }');
    const operations = () => lines('request').map(({ operation }) => operation);
    await expect.poll(operations).toContain('query Loud');
    expect(operations()).not.toContain('query Quiet');
    expect(lines('the level of this log changes').map(({ from, to, by }) => [from, to, by])).toEqual([
      ['trace', 'error', 'operator'],
      ['error', 'trace', 'operator'],
    ]);
  });
});
