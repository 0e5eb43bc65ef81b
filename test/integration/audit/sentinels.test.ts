import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';

/** What every other file of tests relies on: a secret that strays is found when its API is closed. */
describe('a secret that strays', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let database: pg.Client;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    database = new pg.Client({ connectionString: api.database.url });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await api.close();
  });

  it.each<[string, string, (secret: string) => unknown]>([
    ['as text', 'description', (secret) => `It is ${secret}.`],
    ['as bytes', 'url_sealed', (secret) => Buffer.from(`: ${secret}`)],
    ['in Base64', 'description', (secret) => Buffer.from(secret).toString('base64')],
    ['in hexadecimal', 'description', (secret) => Buffer.from(secret).toString('hex')],
    ['in a list', 'event_types', (secret) => ['a', secret]],
  ])('is found in any column, %s', async (_how, column, planted) => {
    const { id, secret } = await api.webhook(tenant);
    expect(await api.sentinels.inDatabase(api.database.url)).toEqual([]);
    await database.query(`UPDATE webhook SET ${column} = $2 WHERE id = $1`, [id, planted(secret as string)]);
    expect(await api.sentinels.inDatabase(api.database.url)).toEqual([`public.webhook: ${secret}`]);
    await database.query('DELETE FROM webhook WHERE id = $1', [id]);
  });

  it('is known whether it was sent or shown', async () => {
    const own = 'a-secret-that-its-owner-chose';
    await api.webhook(tenant, {
      profile: 'TASKS',
      secret: own,
      headers: [{ name: 'X-Api-Key', value: 'key-of-a-header' }],
    });
    const shown = (await api.webhook(tenant)).secret as string;
    for (const secret of [own, 'key-of-a-header', shown, tenant.key]) {
      expect(api.sentinels.in(`{"message":"${secret}"}`)).toEqual([secret]);
    }
  });
});
