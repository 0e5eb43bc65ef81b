import type { GraphQLObjectType } from 'graphql';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneAudit } from '../../../core/audit/pruneAudit.ts';
import { firstIdOf } from '../../../core/ground/idTime.ts';
import { schema } from '../../../schema/schema.ts';
import { operatorKey, type TestApi, type TestTenant } from '../../support/api.ts';
import { createTenant } from '../../support/tenant.ts';
import { member, startWithUsers } from '../../support/users.ts';
import { calls } from '../access/calls.ts';
import { World } from '../access/world.ts';

const events = `query ($id: ID!, $target: String, $actions: [AuditAction!], $principal: String) {
  auditEvents(organizationId: $id, targetId: $target, actions: $actions, principalId: $principal) {
    edges { node { principalKind principalId action targetType targetId projectId at address userAgent before after } }
  }
}`;

describe('the audit log', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let database: pg.Client;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    database = new pg.Client({ connectionString: api.database.url });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await api.close();
  });

  const of = async (target: string, by = tenant.key) =>
    (await api.data(by, events, { id: tenant.organizationId, target })).auditEvents.edges.map(
      // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
      ({ node }: any) => node,
    );
  const count = async () => Number((await database.query('SELECT count(*) FROM audit_event')).rows[0].count);

  describe('has every mutation', () => {
    /** Events are their own log, and only grow. */
    const unlogged = ['publishEvents'];
    const mutations = Object.keys((schema.getType('Mutation') as GraphQLObjectType).getFields());
    let world: World;

    beforeAll(async () => {
      world = await World.of(api, tenant);
    });

    it.each(mutations.filter((name) => !unlogged.includes(name)))(
      '%s leaves its trace, if it does anything',
      async (name) => {
        const call = calls[`Mutation.${name}`];
        if (call === undefined) throw new Error(`${name} has no call in test/integration/access/calls.ts.`);
        const { query, variables } = await world.operation('mutation', typeof call === 'string' ? call : call.text);
        // There must be one to end.
        if (name === 'endSessions') await world.operation('mutation', calls['Mutation.endSession'] as string);
        const before = await count();
        const { errors } = await api.ask(operatorKey, query, variables, { 'user-agent': `test of ${name}` });
        const { rows } = await database.query(
          'SELECT principal_kind, principal_id, address FROM audit_event WHERE user_agent = $1',
          [`test of ${name}`],
        );
        if (errors) {
          expect(await count()).toBe(before);
        } else {
          expect(rows.length).toBeGreaterThan(0);
          expect(rows[0]).toEqual({ principal_kind: 'OPERATOR', principal_id: 'operator', address: '127.0.0.1' });
        }
      },
    );
  });

  it('tells who did what to which thing, when and from where, with the fields before and after', async () => {
    const admin = await member(api, tenant, 'ada', 'ADMIN');
    const began = Date.now();
    const { id } = await api.webhook({ ...tenant, key: admin }, { name: 'Berth board', timeout: 'PT5S' });
    await api.ask(
      admin,
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      { input: { id, name: 'Quay board', timeout: null, eventTypes: [] } },
      { 'user-agent': 'Quay console 3.1', 'x-forwarded-for': '203.0.113.9' },
    );
    const [updated, created, ...others] = await of(id);
    expect(others).toEqual([]);
    expect(created).toMatchObject({
      principalKind: 'USER',
      principalId: 'ada',
      action: 'WEBHOOK_CREATED',
      targetType: 'WEBHOOK',
      targetId: id,
      projectId: tenant.projectId,
      before: null,
      after: { name: 'Berth board', url: 'http://127.0.0.1:9/hook', active: true, timeoutMs: 5_000, headers: [] },
    });
    expect(updated).toEqual({
      principalKind: 'USER',
      principalId: 'ada',
      action: 'WEBHOOK_UPDATED',
      targetType: 'WEBHOOK',
      targetId: id,
      projectId: tenant.projectId,
      at: expect.any(String),
      // A header that no proxy of ours wrote says nothing.
      address: '127.0.0.1',
      userAgent: 'Quay console 3.1',
      before: { name: 'Berth board', timeoutMs: 5_000 },
      after: { name: 'Quay board', timeoutMs: null },
    });
    expect(Date.parse(updated.at)).toBeGreaterThanOrEqual(began - 1);
    expect(Date.parse(updated.at)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('names what each entry is about as it is called now, and what is gone by its last name', async () => {
    const named = `query ($id: ID!, $target: String) { auditEvents(organizationId: $id, targetId: $target) {
      edges { node { action targetName targetIsGone } } } }`;
    const about = async (target: string, { key, organizationId } = tenant) =>
      (await api.data(key, named, { id: organizationId, target })).auditEvents.edges.map(
        // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
        ({ node }: any) => [node.action, node.targetName, node.targetIsGone],
      );
    const change = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }';
    const { id } = await api.webhook(tenant, { name: 'Berth board' });
    await api.data(tenant.key, change, { input: { id, name: 'Quay board' } });
    expect(await about(id)).toEqual([
      ['WEBHOOK_UPDATED', 'Quay board', false],
      ['WEBHOOK_CREATED', 'Quay board', false],
    ]);
    await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
    expect((await about(id))[0]).toEqual(['WEBHOOK_DELETED', 'Quay board', true]);

    await member(api, tenant, 'grace', 'VIEWER');
    const set = 'mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }';
    const grace = { organizationId: tenant.organizationId, userId: 'grace' };
    await api.data(operatorKey, set, { input: { ...grace, role: 'VIEWER', name: 'Grace' } });
    expect((await about('grace'))[0]).toEqual(['MEMBER_CHANGED', 'Grace', false]);
    await api.data(operatorKey, set, { input: { ...grace, role: null } });
    expect((await about('grace'))[0]).toEqual(['MEMBER_REMOVED', 'Grace', true]);
    expect((await about(tenant.organizationId)).at(-1)).toEqual(['ORGANIZATION_CREATED', expect.any(String), false]);
    // Another tenant's entry of the same id says nothing of this one's.
    const other = await api.tenant();
    await member(api, other, 'grace', 'VIEWER');
    expect((await about('grace', other))[0]).toEqual(['MEMBER_ADDED', 'grace', false]);
  });

  it('names headers and hosts where values and paths are credentials', async () => {
    const { id } = await api.webhook(tenant, {
      url: 'http://127.0.0.1:9/hook?token=query-credential-1',
      headers: [{ name: 'Authorization', value: 'Bearer header-credential-1' }],
    });
    const slack = await api.webhook(tenant, { url: 'https://hooks.slack.com/services/T000/B000/slackcredential1' });
    await api.data(
      tenant.key,
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      { input: { id, headers: [{ name: 'Authorization', value: 'Bearer header-credential-2' }] } },
    );
    const [updated, created] = await of(id);
    expect(created.after).toMatchObject({ url: 'http://127.0.0.1:9/hook?…', headers: ['Authorization'] });
    // That the value changed is told, though neither value is.
    expect(updated).toMatchObject({ action: 'WEBHOOK_UPDATED', before: {}, after: { replaced: ['headersSealed'] } });
    expect((await of(slack.id))[0].after.url).toBe('https://hooks.slack.com/…');
    const { rows } = await database.query('SELECT t::text AS row FROM audit_event t');
    const text = rows.map(({ row }) => row).join('\n');
    for (const secret of ['query-credential', 'header-credential', 'slackcredential']) {
      expect(text).not.toContain(secret);
    }
  });

  it('is written with the change or not at all: what cannot be written down is not done', async () => {
    const { id } = await api.webhook(tenant);
    await database.query(`
      CREATE FUNCTION fail() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'The disk is full.'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION fail()`);
    const before = await database.query(
      'SELECT (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM webhook) AS webhooks, (SELECT count(*) FROM delivery) AS deliveries',
    );
    try {
      for (const [query, variables] of [
        ['mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id }],
        ['mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', { id }],
        ['mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { webhook { id } } }', { id }],
        [
          'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
          { input: { organizationId: tenant.organizationId, name: 'x', role: 'VIEWER' } },
        ],
      ] as const) {
        const { errors } = await api.ask(tenant.key, query, variables);
        expect(errors?.[0]?.extensions.code).toBe('INTERNAL');
      }
    } finally {
      await database.query('DROP TRIGGER fail ON audit_event; DROP FUNCTION fail');
    }
    const after = await database.query(
      'SELECT (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM webhook) AS webhooks, (SELECT count(*) FROM delivery) AS deliveries',
    );
    expect(after.rows).toEqual(before.rows);
    const { webhook } = await api.data(tenant.key, 'query ($id: ID!) { webhook(id: $id) { retiringSecretUntil } }', {
      id,
    });
    expect(webhook).toEqual({ retiringSecretUntil: null });
  });

  it('is only ever added to: the database refuses to change, delete or empty it', async () => {
    expect(await count()).toBeGreaterThan(0);
    for (const statement of [
      `UPDATE audit_event SET action = 'edited'`,
      'DELETE FROM audit_event',
      'TRUNCATE audit_event',
      `INSERT INTO audit_event SELECT * FROM audit_event LIMIT 1 ON CONFLICT (id) DO UPDATE SET action = 'edited'`,
    ]) {
      await expect(database.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('is kept for its retention time, and so are the receipts of deletions', async () => {
    const day = 86_400_000;
    const pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    const own = await createTenant(pool);
    const age = async (days: number) => {
      const [id, at] = [v7({ msecs: Date.now() - days * day }), new Date(Date.now() - days * day)];
      await database.query(
        `INSERT INTO audit_event (id, organization_id, principal_kind, principal_id, action, target_type, target_id, at)
         VALUES ($1, $2, 'OPERATOR', 'o', 'project.updated', 'project', 'p', $3)`,
        [id, own.organizationId, at],
      );
      await database.query(
        `INSERT INTO deletion (id, kind, organization_id, project_id, state, principal_kind, principal_id, finished_at)
         VALUES ($1, 'PROJECT', $2, $1, $3::deletion_state, 'OPERATOR', 'o', $4)`,
        [id, own.organizationId, days === 400 ? 'REMOVING' : 'FINISHED', days === 400 ? null : at],
      );
      return id;
    };
    const [young, old, unfinished] = [await age(364), await age(366), await age(400)];
    const many = `INSERT INTO audit_event (id, organization_id, principal_kind, principal_id, action, target_type, target_id, at)
       SELECT ($1 || lpad(to_hex(n), 12, '0'))::uuid, $2, 'OPERATOR', 'o', 'project.updated', 'project', 'p', $3
         FROM generate_series(1, 4100) AS n`;
    const at = Date.now() - 500 * day;
    await database.query(many, [firstIdOf(at).slice(0, 24), own.organizationId, new Date(at)]);
    const left = async (table: string) =>
      (
        await database.query(`SELECT id FROM ${table} WHERE organization_id = $1 ORDER BY id`, [own.organizationId])
      ).rows.map(({ id }) => id);
    expect(await pruneAudit(pool, 365 * day, 0)).toBe(1);
    expect(await left('deletion')).toEqual([unfinished, young]);
    expect(await pruneAudit(pool, 365 * day, 60_000)).toBe(4_102);
    expect(await left('audit_event')).toEqual([young]);
    expect(await left('deletion')).not.toContain(old);
    // What is younger than any retention time may be, is not deleted, even where somebody asks for it.
    await age(5);
    await expect(pruneAudit(pool, day, 60_000)).rejects.toMatchObject({ code: '42501' });
    await pool.end();
  });

  it('is read with AUDIT_READ, by filter, of one’s own organization and project', async () => {
    const other = await api.tenant();
    expect(await api.refusal(other.key, events, { id: tenant.organizationId })).toEqual({
      code: 'NOT_FOUND',
      field: 'organizationId',
    });
    const { id } = await api.webhook(tenant);
    const { auditEvents } = await api.data(tenant.key, events, {
      id: tenant.organizationId,
      actions: ['WEBHOOK_CREATED'],
      target: id,
    });
    expect(auditEvents.edges).toHaveLength(1);
    // A newer version did something that this one does not know.
    await database.query(
      `INSERT INTO audit_event (id, organization_id, project_id, principal_kind, principal_id, action, target_type, target_id)
       VALUES ($1, $2, $3, 'OPERATOR', 'o', 'berth.painted', 'berth', 'b')`,
      [v7(), tenant.organizationId, tenant.projectId],
    );
    const unknown = await api.data(tenant.key, events, { id: tenant.organizationId, actions: ['OTHER'] });
    expect(unknown.auditEvents.edges.map(({ node }: { node: object }) => node)).toEqual([
      expect.objectContaining({ action: 'OTHER', targetType: 'OTHER', targetId: 'b' }),
    ]);
    const reader = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      permissions: ['AUDIT_READ'],
    });
    const mine = await api.data(reader, events, { id: tenant.organizationId });
    const projects = mine.auditEvents.edges.map(({ node }: { node: { projectId: string } }) => node.projectId);
    expect(new Set(projects)).toEqual(new Set([tenant.projectId]));
  });
});
