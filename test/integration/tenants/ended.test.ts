import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { rowsRead } from '../../support/rowsRead.ts';
import { statementsOf } from '../../support/statementsOf.ts';

/** What ended lately, of each kind. */
const ended = 3_000;
/** Rows of one kind that a call may read: what is live, and a little. */
const few = 100;

describe('a tenant of whom very much has ended', () => {
  let api: TestApi;
  let pool: pg.Pool;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  /** Links and keys, half of them revoked and half expired, and webhooks and listeners. */
  async function begin(): Promise<void> {
    tenant = await api.tenant();
    const values = [tenant.organizationId, tenant.projectId, ended];
    await pool.query(
      `INSERT INTO portal_link (id, organization_id, project_id, name, digest, permissions, expires_at, revoked_at)
       SELECT gen_random_uuid(), $1, $2, 'Portal', uuid_send(gen_random_uuid()), '{}', now() - interval '1 hour', CASE WHEN n % 2 = 0 THEN now() END
         FROM generate_series(1, $3::int) n`,
      values,
    );
    await pool.query(
      `INSERT INTO api_key (id, organization_id, project_id, name, prefix, digest, permissions, expires_at, revoked_at)
       SELECT gen_random_uuid(), $1, $2, 'Key', 'ehk_', uuid_send(gen_random_uuid()), '{}',
              CASE WHEN n % 2 = 1 THEN now() - interval '1 hour' END, CASE WHEN n % 2 = 0 THEN now() END
         FROM generate_series(1, $3::int) n`,
      values,
    );
    await pool.query(
      `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types, deleted_at, listener_expires_at)
       SELECT gen_random_uuid(), $1, $2, 'A laptop', 'STANDARD', 'http://localhost/', '{}', now(), CASE WHEN n % 2 = 0 THEN now() END
         FROM generate_series(1, $3::int) n`,
      values,
    );
    await pool.query('ANALYZE portal_link, api_key, webhook');
  }

  /** The most rows of the table that a statement of the work reads. */
  async function mostRead(table: string, work: () => Promise<unknown>): Promise<number> {
    const statements = await statementsOf(work, new RegExp(`^(SELECT|UPDATE|DELETE).*"?${table}"?`, 'is'));
    expect(statements.length, table).toBeGreaterThan(0);
    const counting = rowsRead(pool, table);
    for (const statement of statements) await counting.pool.query({ ...statement });
    return counting.most;
  }

  it('makes portal links, keys, webhooks and listeners at the cost of what is live', async () => {
    await begin();
    const { organizationId, projectId, key } = tenant;
    const make = (mutation: string, type: string, input: object) => () =>
      api.data(key, `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`, { input });
    const calls = {
      portal_link: make('createPortalLink', 'CreatePortalLinkInput', { projectId, permissions: ['WEBHOOK_READ'] }),
      api_key: make('createApiKey', 'CreateApiKeyInput', { organizationId, name: 'Key', role: 'VIEWER' }),
      webhook: make('createWebhook', 'CreateWebhookInput', { projectId, name: 'x', url: 'http://127.0.0.1:9/' }),
    };
    for (const [table, call] of Object.entries(calls)) expect(await mostRead(table, call), table).toBeLessThan(few);
    const listen = make('createListener', 'CreateListenerInput', { projectId, name: 'A laptop' });
    expect(await mostRead('webhook', listen)).toBeLessThan(few);
  });

  it.each(['project', 'organization'])(
    'is marked for deletion at the cost of what is live, as a whole %s',
    async (what) => {
      await begin();
      const { organizationId, projectId, key } = tenant;
      await api.webhook(tenant);
      const [mutation, type, id] =
        what === 'project'
          ? ['deleteProject', 'DeleteProjectInput', projectId]
          : ['deleteOrganization', 'DeleteOrganizationInput', organizationId];
      const work = () =>
        api.data(key, `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`, { input: { id } });
      const changed = async () =>
        (
          await pool.query<{ count: number }>(
            `SELECT (SELECT count(*) FROM portal_link WHERE organization_id = $1 AND revoked_at IS NULL)::int
                + (SELECT count(*) FROM api_key WHERE organization_id = $1 AND revoked_at IS NULL AND expires_at < now())::int AS count`,
            [organizationId],
          )
        ).rows[0]?.count;
      const before = await changed();
      const statements = await statementsOf(work, /^(SELECT|UPDATE|DELETE)/i);
      expect(await changed()).toBe(before);
      for (const table of ['portal_link', 'api_key', 'webhook']) {
        const counting = rowsRead(pool, table);
        for (const statement of statements)
          if (statement.text.includes(table)) await counting.pool.query({ ...statement });
        expect(counting.most, table).toBeLessThan(few);
      }
    },
  );
});
