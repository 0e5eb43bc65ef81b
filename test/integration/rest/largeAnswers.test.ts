import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';

const mebibyte = 1024 * 1024;
const scopeOf = ({ organizationId, projectId }: TestTenant) => ({ organizationId, projectId });

describe('a large answer by REST', { timeout: 90_000 }, () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  let projectKey: string;

  beforeAll(async () => {
    api = await TestApi.start();
    [tenant, other] = [await api.tenant('TASKS'), await api.tenant('TASKS')];
    projectKey = await api.key(tenant.key, { ...scopeOf(tenant), role: 'ADMIN' });
    for (const each of [tenant, other]) {
      const key = each === tenant ? projectKey : await api.key(each.key, { ...scopeOf(each), role: 'ADMIN' });
      expect((await create(key)).status).toBe(201);
    }
    const pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    // A hundred of each, with 500 types of 128 characters.
    await pool.query(`UPDATE webhook SET event_types = (
      SELECT array_agg(rpad('t' || n || '.', 128, 'x')) FROM generate_series(1, 500) AS n)`);
    await pool.query(`INSERT INTO webhook SELECT (jsonb_populate_record(w, jsonb_build_object('id', gen_random_uuid()))).*
      FROM webhook AS w, generate_series(2, 100)`);
    await pool.end();
  });
  afterAll(() => api.close());

  const create = (key: string) =>
    fetch(`${api.url}/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: 'https://receiver.example/webhooks' }),
    });

  /** Asks for a page of 6.3 MiB over a connection of its own, and reads nothing of it yet. */
  function deaf(key: string): Socket {
    const { hostname, port } = new URL(api.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.pause();
    socket.write(
      `GET /v1/webhooks?limit=100 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`,
    );
    return socket;
  }

  it('has room before it is read: sixty that nobody reads hold no more than a principal may, and nobody else up', async () => {
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, api.http.budgets.held);
    }, 1);
    const sockets = Array.from({ length: 60 }, () => deaf(projectKey));
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBeGreaterThan(16 * mebibyte);
    const answered = await Promise.all([
      // What is done is answered, to whoever did it.
      create(projectKey),
      // Others have their large answers meanwhile.
      fetch(`${api.url}/v1/webhooks?limit=100`, { headers: { authorization: `Bearer ${other.key}` } }),
    ]);
    expect(answered.map(({ status }) => status)).toEqual([201, 200]);
    expect((await answered[1]?.text())?.length).toBeGreaterThan(6 * mebibyte);
    const statuses = await Promise.all(
      sockets.map(async (socket) => Number((await text(socket)).slice('HTTP/1.1 '.length).slice(0, 3))),
    );
    clearInterval(watching);
    expect(statuses).toContain(200);
    expect(statuses.filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    // Its own 32 MiB, what is counted twice while it is handed over, and the other's one.
    expect(most).toBeLessThan(64 * mebibyte);
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBe(0);
  });
});
