import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant, Principal } from '../../../core/access/principal.ts';
import { visible, visibleOrganization, visibleProject } from '../../../core/access/visible.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

describe('what a principal sees', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: Database;
  let tenants: [Tenant, Tenant];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    store = openDatabase(database.url, { connections: 2, onIdleError() {} });
    tenants = [await createTenant(pool), await createTenant(pool)];
    for (const tenant of tenants) await createWebhook(pool, tenant, 'https://example.com/');
  });
  afterAll(async () => {
    await store.close();
    await pool.end();
    await database.drop();
  });

  const principal = (...grants: Grant[]): Principal => ({ kind: 'USER', id: 'somebody', grants });
  const grant = ({ organizationId, projectId }: Tenant, whole = true): Grant => ({
    organizationId,
    projectId: whole ? null : projectId,
    role: null,
    permissions: new Set(['WEBHOOK_READ']),
  });
  /** How many webhooks, organizations and projects it finds: alone, and among other conditions. */
  const counts = async (who: Principal, permission?: 'WEBHOOK_READ' | 'WEBHOOK_MANAGE') => {
    const { webhook, organization, project } = store.prisma;
    const asked = { deletedAt: null };
    return [
      await webhook.count({ where: visible(who, permission) }),
      await webhook.count({ where: { AND: [visible(who, permission), asked] } }),
      await webhook.count({ where: { AND: [{ AND: [visible(who, permission), asked] }, {}], deletedAt: null } }),
      await organization.count({ where: { AND: [visibleOrganization(who), {}] } }),
      await project.count({ where: { AND: [visibleProject(who), {}] } }),
    ];
  };

  it('is nothing where nothing was granted, among whatever other conditions', async () => {
    expect(await counts(principal())).toEqual([0, 0, 0, 0, 0]);
    expect((await counts(principal(grant(tenants[0])), 'WEBHOOK_MANAGE')).slice(0, 3)).toEqual([0, 0, 0]);
  });

  it('is what was granted, of one tenant or of several', async () => {
    expect(await counts(principal(grant(tenants[0])), 'WEBHOOK_READ')).toEqual([1, 1, 1, 1, 1]);
    expect(await counts(principal(grant(tenants[0], false)))).toEqual([1, 1, 1, 1, 1]);
    expect(await counts(principal(...tenants.map((tenant) => grant(tenant))))).toEqual([2, 2, 2, 2, 2]);
  });
});
