import type { Pool } from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadWebhook } from '../../../core/deliveries/routing.ts';
import { announceKeys } from '../../../core/secrets/keyHolders.ts';
import { generateKey, type KeyRing, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { rotateKeys } from '../../../core/secrets/rotate.ts';
import { digestColumns, openColumns, sealedColumns } from '../../../core/secrets/sealedColumns.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

describe('rotating the encryption keys', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let pool: Pool;
  const oldKey = generateKey();
  const newKey = generateKey();
  const oldRing = parseKeyRing(oldKey);
  const bothRing = parseKeyRing(`${newKey},${oldKey}`);
  const newRing = parseKeyRing(newKey);

  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = openDatabase(testDatabase.url);
    pool = database.pool;
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });
  beforeEach(() => pool.query('TRUNCATE organization, session CASCADE'));

  const oldTenant = async (): Promise<Tenant> => ({ ...(await createTenant(pool)), keys: oldRing });

  /** A webhook with a secret, headers and a credential URL, all under the old key. */
  async function sealedWebhook(tenant: Tenant) {
    const { id, secret } = await createWebhook(pool, tenant, 'https://hooks.example/…');
    const url = `https://hooks.example/${id}`;
    const headers = [['Authorization', `Bearer ${id}`]];
    await pool.query('UPDATE webhook SET url_sealed = $2, headers_sealed = $3 WHERE id = $1', [
      id,
      tenant.keys.seal(url, `webhook_url:${id}`),
      tenant.keys.seal(JSON.stringify(headers), `webhook_headers:${id}`),
    ]);
    return { id, secret, url, headers };
  }

  const opened = async (id: string, keys: KeyRing) => {
    const webhook = await loadWebhook(pool, keys, id);
    return webhook && { id, secret: webhook.secrets[0]?.value, url: webhook.url, headers: webhook.headers };
  };

  it('knows every column of bytes that there is: as sealed, as a digest, or as open to all', async () => {
    const { rows } = await pool.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY name`,
    );
    const known = [...sealedColumns.map(({ table, column }) => `${table}.${column}`), ...digestColumns, ...openColumns];
    expect(rows.map(({ name }) => name)).toEqual(known.sort());
  });

  it('seals every kind of value again, for every tenant, so that the old key can go', async () => {
    const tenants = [await oldTenant(), await oldTenant()];
    const webhooks: Awaited<ReturnType<typeof sealedWebhook>>[] = [];
    for (const tenant of tenants) {
      webhooks.push(await sealedWebhook(tenant));
      const { organizationId, projectId } = tenant;
      const [integrationId, inboundId] = [v7(), v7()];
      await pool.query(
        `INSERT INTO issue_integration (id, organization_id, project_id, provider, base_url, credentials_sealed)
         VALUES ($1, $2, $3, 'GITHUB', 'https://api.github.com', $4)`,
        [integrationId, organizationId, projectId, oldRing.seal('token', `integration_credentials:${integrationId}`)],
      );
      await pool.query(
        `INSERT INTO inbound_webhook (id, organization_id, project_id, integration_id, provider, token_digest, secret_sealed)
         VALUES ($1, $2, $3, $4, 'GITHUB', $5, $6)`,
        [
          inboundId,
          organizationId,
          projectId,
          integrationId,
          Buffer.from(inboundId),
          oldRing.seal('tracker', `inbound_secret:${inboundId}`),
        ],
      );
      const erasureId = v7();
      await pool.query(
        `INSERT INTO erasure (id, organization_id, selector, selector_sealed, principal_kind, principal_id)
         VALUES ($1, $2, 'IDS', $3, 'OPERATOR', 'operator')`,
        [erasureId, organizationId, oldRing.seal('{}', `erasure:${erasureId}`)],
      );
      const sessionId = v7();
      await pool.query(
        `INSERT INTO session (id, digest, user_id, expires_at, tokens_sealed) VALUES ($1, $2, 'user', now(), $3)`,
        [sessionId, Buffer.from(sessionId), oldRing.seal('{}', `session_tokens:${sessionId}`)],
      );
    }
    const told: [string, number][] = [];
    const result = await rotateKeys({ pool, keys: bothRing, onOrganization: (id, count) => told.push([id, count]) });
    expect(result).toEqual({ resealed: 14, failed: [], idsInUse: newRing.ids, finished: true });
    expect(told).toEqual(tenants.map(({ organizationId }) => [organizationId, 6]));
    for (const webhook of webhooks) expect(await opened(webhook.id, newRing)).toEqual(webhook);
    for (const { table, column, context } of sealedColumns) {
      const { rows } = await pool.query(`SELECT id, ${column} AS sealed FROM ${table}`);
      expect(rows).toHaveLength(2);
      for (const { id, sealed } of rows) expect(() => newRing.open(sealed, context(id))).not.toThrow();
    }
    expect(await rotateKeys({ pool, keys: bothRing })).toMatchObject({ resealed: 0, finished: true });
  });

  it('goes through more than one batch, and goes on where it was stopped', async () => {
    const tenants = [await oldTenant(), await oldTenant(), await oldTenant()];
    for (const tenant of tenants) {
      for (let each = 0; each < 205; each++) await createWebhook(pool, tenant, 'https://receiver.example/');
    }
    const stopping = new AbortController();
    const first = await rotateKeys({
      pool,
      keys: bothRing,
      signal: stopping.signal,
      onOrganization: () => stopping.abort(),
    });
    expect(first).toMatchObject({ resealed: 205, finished: false, idsInUse: [...bothRing.ids].sort() });
    const second = await rotateKeys({ pool, keys: bothRing });
    expect(second).toEqual({ resealed: 410, failed: [], idsInUse: newRing.ids, finished: true });
  });

  it('leaves alone what is changed while it runs, and serves throughout', async () => {
    const tenant = await oldTenant();
    const webhooks: Awaited<ReturnType<typeof sealedWebhook>>[] = [];
    for (let each = 0; each < 30; each++) webhooks.push(await sealedWebhook(tenant));
    // Every value is replaced by its owner between the rotation's reading and its writing.
    const changed = 'https://hooks.example/changed';
    const racing = {
      query: async (text: string, values: unknown[]) => {
        if (text.startsWith('UPDATE webhook t SET url_sealed')) {
          for (const { id } of webhooks) {
            await pool.query('UPDATE webhook SET url_sealed = $2 WHERE id = $1', [
              id,
              bothRing.seal(changed, `webhook_url:${id}`),
            ]);
          }
        }
        for (const { id } of webhooks.slice(0, 3)) expect((await opened(id, bothRing))?.headers).toHaveLength(1);
        return pool.query(text, values);
      },
    } as unknown as Pool;
    expect(await rotateKeys({ pool: racing, keys: bothRing })).toMatchObject({ failed: [], idsInUse: newRing.ids });
    for (const webhook of webhooks) expect(await opened(webhook.id, newRing)).toEqual({ ...webhook, url: changed });
  });

  it('does nothing while a process runs that does not know the new key', async () => {
    const webhook = await sealedWebhook(await oldTenant());
    const warnings: object[] = [];
    const log = { warn: (details: object) => warnings.push(details) } as never;
    const old = await announceKeys(pool, oldRing, log);
    expect(warnings).toEqual([]);
    const current = await announceKeys(pool, bothRing, log);
    // It encrypts with a key that the other does not know.
    expect(warnings).toEqual([{ key: bothRing.ids[0], processes: 1 }]);
    await expect(rotateKeys({ pool, keys: bothRing })).rejects.toThrow(
      /1 of the running processes do not know the key/,
    );
    expect(await opened(webhook.id, oldRing)).toEqual(webhook);
    await old.close();
    expect(await rotateKeys({ pool, keys: bothRing })).toMatchObject({ resealed: 3 });
    // A process that was killed is not waited for.
    const killed = await announceKeys(pool, oldRing, log);
    await pool.query(`UPDATE key_holder SET seen_at = now() - interval '1 minute' WHERE NOT $1 = ANY(key_ids)`, [
      newRing.ids[0],
    ]);
    expect(await rotateKeys({ pool, keys: bothRing })).toMatchObject({ resealed: 0, finished: true });
    for (const each of [current, killed]) await each.close();
  });

  it('names bytes that were never sealed, of any length, and does the rest', async () => {
    const tenant = await oldTenant();
    const good = await sealedWebhook(tenant);
    const junk = [[1], [1, 200], [1, 5, 255, 0, 92, 1, 2], [0, 0, 0, 0]];
    const ids: string[] = [];
    for (const bytes of junk) {
      const { id } = await sealedWebhook(tenant);
      ids.push(id);
      await pool.query('UPDATE webhook SET headers_sealed = $2 WHERE id = $1', [id, Buffer.from(bytes)]);
    }
    const { failed, finished } = await rotateKeys({ pool, keys: bothRing });
    expect(finished).toBe(true);
    expect(failed.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(failed.every(({ column, reason }) => column === 'headers_sealed' && /not sealed bytes/.test(reason))).toBe(
      true,
    );
    expect(await opened(good.id, newRing)).toEqual(good);
  });

  it('names what it cannot open, leaves it as it is, and does the rest', async () => {
    const tenant = await oldTenant();
    const strange = await createWebhook(
      pool,
      { ...tenant, keys: parseKeyRing(generateKey()) },
      'https://receiver.example/',
    );
    const good = await sealedWebhook(tenant);
    const result = await rotateKeys({ pool, keys: bothRing });
    expect(result.resealed).toBe(3);
    expect(result.failed).toEqual([
      {
        table: 'webhook_secret',
        column: 'sealed',
        id: expect.any(String),
        reason: expect.stringContaining('not in the ring'),
      },
    ]);
    expect(JSON.stringify(result)).not.toContain(strange.secret);
    expect(await opened(good.id, newRing)).toEqual(good);
  });
});
