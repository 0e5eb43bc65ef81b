import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/index.ts';
import { generateKey } from '../../../core/secrets/keyRing.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';

/** Two processes on one database, and a client of each. */
describe('the life of an event type', () => {
  let api: TestApi;
  let other: TestApi;
  let tenant: TestTenant;
  let here: Everhook;
  let there: Everhook;
  let pool: pg.Pool;
  let scope: { projectId: string };
  let names = 0;

  beforeAll(async () => {
    const encryptionKeys = generateKey();
    api = await TestApi.start({ encryptionKeys });
    other = await TestApi.start({ encryptionKeys }, { databaseBy: async () => api.database.url });
    tenant = await api.tenant();
    scope = { projectId: tenant.projectId };
    here = new Everhook({ url: api.url, apiKey: tenant.key });
    there = new Everhook({ url: other.url, apiKey: tenant.key });
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await other.close();
    await api.close();
  });

  const numbers = { type: 'object', properties: { n: { type: 'number' } } };
  const texts = { type: 'object', properties: { n: { type: 'string' } } };
  const created = (schema: object = numbers) =>
    here.eventTypes.create({ ...scope, name: `crane.moved_${++names}`, schema, example: null });
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail('it succeeded'),
      // biome-ignore lint/suspicious/noExplicitAny: an error of any class
      (error: any) => ({ code: error.code, field: error.field, message: error.message }),
    );
  const published = async (type: string) =>
    (await pool.query('SELECT count(*)::int AS events FROM event WHERE type = $1', [type])).rows[0].events;
  const audited = async (id: string) =>
    (await pool.query('SELECT action, before, after FROM audit_event WHERE target_id = $1 ORDER BY id', [id])).rows;
  async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
    const list: Item[] = [];
    for await (const item of items) list.push(item);
    return list;
  }

  it('is a list of versions: what changed, when, and who did it', async () => {
    const type = await created();
    const id = type.id as string;
    expect(type).toMatchObject({ version: 1, archivedAt: null });
    const changed = await here.eventTypes.update(id, { description: 'A crane moved.', schema: texts });
    expect(changed).toMatchObject({ id, version: 2, description: 'A crane moved.', schema: texts });
    // By its name too; what is given as it is, is no change.
    const again = await here.eventTypes.update(type.name, { category: 'Cranes', schema: texts }, scope);
    expect(again).toMatchObject({ id, version: 3, category: 'Cranes', description: 'A crane moved.' });
    expect(await here.eventTypes.update(id, { category: 'Cranes' })).toMatchObject({ version: 3 });
    const versions = await all(here.eventTypes.versions(id));
    expect(
      versions.map(({ version, changed, principalKind, category }) => [version, changed, principalKind, category]),
    ).toEqual([
      [3, ['CATEGORY'], 'API_KEY', 'Cranes'],
      [2, ['DESCRIPTION', 'SCHEMA'], 'API_KEY', null],
      [1, [], 'API_KEY', null],
    ]);
    expect(versions.map(({ schema }) => schema)).toEqual([texts, texts, numbers]);
    expect(new Set(versions.map(({ principalId }) => principalId)).size).toBe(1);
    expect(await here.eventTypes.get(type.name, scope)).toMatchObject({ id, version: 3 });
    expect((await audited(id)).map(({ action }) => action)).toEqual([
      'event_type.created',
      'event_type.updated',
      'event_type.updated',
    ]);
  });

  it('tells who changed it only to those who may change types or read the audit log', async () => {
    const type = await created();
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, permissions: ['EVENT_PUBLISH'] });
    const publisher = new Everhook({ url: api.url, apiKey: key });
    const [version] = await all(publisher.eventTypes.versions(type.id as string));
    expect(version).toMatchObject({ version: 1, principalKind: null, principalId: null });
  });

  it('keeps an example that fits its schema', async () => {
    const type = await here.eventTypes.create({ ...scope, name: 'hook.turned', schema: numbers, example: { n: 1 } });
    const id = type.id as string;
    expect(await refusal(here.eventTypes.update(id, { schema: texts }))).toMatchObject({ field: 'input.schema' });
    expect(await refusal(here.eventTypes.update(id, { example: { n: 'x' } }))).toMatchObject({
      field: 'input.example.n',
    });
    expect(await refusal(here.eventTypes.update(id, { schema: null }))).toMatchObject({ field: 'input.schema' });
    const changed = await here.eventTypes.update(id, { schema: texts, example: { n: 'x' } });
    expect(changed).toMatchObject({ version: 2, example: { n: 'x' } });
    expect(await here.eventTypes.update(id, { example: null, description: null })).toMatchObject({ example: null });
  });

  it('loses no change to another one that was made from the same version', async () => {
    const type = await created();
    const id = type.id as string;
    const changes = Array.from({ length: 6 }, (_, n) =>
      (n % 2 === 0 ? here : there).eventTypes.update(id, { category: `Cranes ${n}`, expectedVersion: 1 }),
    );
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'CONFLICT', field: 'input.expectedVersion' });
    }
    // Without a version each of them is made, one after the other.
    const free = Array.from({ length: 3 }, (_, n) => here.eventTypes.update(id, { description: `${n}` }));
    expect((await Promise.all(free)).map(({ version }) => version).sort()).toEqual([3, 4, 5]);
  });

  it('changes at once for every process: nobody is refused by what was, and nothing is stored that no longer fits', async () => {
    const type = await created();
    const publish = (by: Everhook, n: unknown) => by.events.publish({ type: type.name, data: { n } }, scope);
    for (const by of [here, there]) await publish(by, 1);
    await here.eventTypes.update(type.id as string, { schema: texts });
    await publish(there, 'one');
    for (const by of [there, here]) expect(await refusal(publish(by, 2))).toMatchObject({ code: 'VALIDATION_FAILED' });
    await there.eventTypes.update(type.id as string, { schema: numbers });
    expect(await refusal(publish(here, 'two'))).toMatchObject({ field: 'data.n' });
    await publish(here, 3);
    expect(await published(type.name)).toBe(4);
  });

  it('changes before an event that was on its way, or after it was stored', async () => {
    const type = await created();
    const publish = () => there.events.publish({ type: type.name, data: { n: 1 } }, scope);
    await publish();
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        'UPDATE organization SET routing_version = routing_version + 1, types_version = types_version + 1 WHERE id = $1',
        [tenant.organizationId],
      );
      await client.query('UPDATE event_type SET archived_at = now() WHERE id = $1', [type.id]);
      // Valid by what this process can know; storing it waits for the change.
      const waiting = refusal(publish());
      await expect
        .poll(
          async () =>
            (
              await pool.query(
                `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%routing_version%'`,
              )
            ).rows[0].n,
          { timeout: 20_000 },
        )
        .toBeGreaterThan(0);
      await client.query('COMMIT');
      expect((await waiting).message).toContain('archived');
    } finally {
      client.release();
    }
    expect(await published(type.name)).toBe(1);
  });

  it('ends its use when it is archived, and history stays', async () => {
    const type = await created();
    const id = type.id as string;
    const publish = (by: Everhook) => by.events.publish({ type: type.name, data: {}, idempotencyKey: 'first' }, scope);
    const first = await publish(there);
    const { id: webhook } = await api.webhook(tenant, { eventTypes: [type.name] });
    const archived = await here.eventTypes.archive(id);
    expect(archived.archivedAt).not.toBeNull();
    expect(await here.eventTypes.archive(type.name, scope)).toEqual(archived);

    for (const by of [there, here]) {
      const refused = await refusal(by.events.publish({ type: type.name, data: {} }, scope));
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', field: 'type' });
      expect(refused.message).toContain(`"${type.name}"`);
      expect(refused.message).toContain('unarchiveEventType');
    }
    // A call that is repeated gets the event of the first one.
    expect((await publish(there)).id).toBe(first.id);

    const choose = { name: 'x', url: 'http://127.0.0.1:9/', eventTypes: [type.name] };
    expect(await refusal(here.webhooks.create({ ...scope, ...choose }))).toMatchObject({
      field: 'input.eventTypes[0]',
    });
    // The webhook that has chosen it keeps it, and may be changed otherwise.
    const kept = await here.webhooks.update(webhook, {
      name: 'Board',
      eventTypes: [type.name, 'everhook.webhook.disabled'],
    });
    expect(kept.eventTypes).toContain(type.name);
    const { id: elsewhere } = await api.webhook(tenant);
    expect(await refusal(here.webhooks.update(elsewhere, { eventTypes: [type.name] }))).toMatchObject({
      field: 'input.eventTypes[0]',
    });

    const listed = async (archived?: boolean | null) =>
      (await here.eventTypes.list({ ...scope, ...(archived === undefined ? {} : { archived }) })).map(
        ({ name }) => name,
      );
    expect(await listed()).not.toContain(type.name);
    expect(await listed(true)).toEqual(expect.arrayContaining([type.name]));
    expect(await listed(null)).toEqual(expect.arrayContaining([type.name, 'everhook.webhook.disabled']));
    expect(await refusal(here.eventTypes.create({ ...scope, name: type.name, schema: {} }))).toMatchObject({
      code: 'CONFLICT',
    });

    expect(await here.eventTypes.unarchive(id)).toMatchObject({ archivedAt: null });
    await there.events.publish({ type: type.name, data: {} }, scope);
    const versions = await all(here.eventTypes.versions(id));
    expect(versions.map(({ version, changed, archivedAt }) => [version, changed, archivedAt])).toEqual([
      [3, ['ARCHIVED'], null],
      [2, ['ARCHIVED'], archived.archivedAt],
      [1, [], null],
    ]);
    expect(versions[1]).toMatchObject({
      schema: type.schema,
      principalKind: 'API_KEY',
      principalId: expect.any(String),
    });
    expect((await audited(id)).map(({ action }) => action)).toEqual([
      'event_type.created',
      'event_type.archived',
      'event_type.unarchived',
    ]);
  });

  it('is deleted only while nothing was published of it and no webhook has chosen it', async () => {
    const unused = await created();
    await here.eventTypes.delete(unused.name, scope);
    expect(await refusal(here.eventTypes.get(unused.name, scope))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await audited(unused.id as string)).map(({ action }) => action)).toEqual([
      'event_type.created',
      'event_type.deleted',
    ]);

    const used = await created();
    await there.events.publish({ type: used.name, data: {} }, scope);
    const refused = await refusal(here.eventTypes.delete(used.id as string));
    expect(refused).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
    expect(refused.message).toContain('archiveEventType');

    const chosen = await created();
    const { id: webhook } = await api.webhook(tenant, { eventTypes: [chosen.name] });
    expect((await refusal(here.eventTypes.delete(chosen.id as string))).message).toContain(webhook);
    await here.webhooks.delete(webhook);
    await here.eventTypes.delete(chosen.id as string);
  });

  it('is not deleted under an event that is published at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const type = await created();
      const [deleted, ...events] = await Promise.allSettled([
        here.eventTypes.delete(type.id as string),
        ...[here, there].map((by) => by.events.publish({ type: type.name, data: {} }, scope)),
      ]);
      const stored = await published(type.name);
      expect(events.filter(({ status }) => status === 'fulfilled')).toHaveLength(stored);
      expect(deleted?.status).toBe(stored === 0 ? 'fulfilled' : 'rejected');
    }
  });

  it('cannot be changed where it is a part of Everhook', async () => {
    const planned = await api.tenant('TASKS');
    const owner = new Everhook({ url: api.url, apiKey: planned.key });
    const [catalogued] = await owner.eventTypes.list({ profile: 'TASKS' });
    expect(catalogued).toMatchObject({ id: expect.any(String), version: null, createdAt: null });
    const where = { projectId: planned.projectId };
    for (const name of [catalogued?.name as string, 'everhook.webhook.disabled']) {
      for (const call of [
        () => owner.eventTypes.update(name, { category: 'x' }, where),
        () => owner.eventTypes.archive(name, where),
        () => owner.eventTypes.delete(name, where),
      ]) {
        expect(await refusal(call())).toMatchObject({
          code: 'CONFLICT',
          message: expect.stringContaining('part of Everhook'),
        });
      }
    }
    expect(await all(owner.eventTypes.versions(catalogued?.name as string, where))).toEqual([]);
    const same = { ...where, name: catalogued?.name as string, schema: {} };
    expect(await refusal(owner.eventTypes.upsert(same))).toMatchObject({ code: 'CONFLICT', field: 'input.name' });
  });

  it('is as a deployment brings it, made once however many bring it at the same time', async () => {
    const name = 'gate.opened';
    const wanted = { ...scope, name, schema: numbers, description: 'A gate opened.', example: { n: 1 } };
    const made = await Promise.all([here, there, here, there].map((by) => by.eventTypes.upsert(wanted)));
    expect(made.filter((each) => each.created)).toHaveLength(1);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
    const again = await here.eventTypes.upsert({ ...scope, name, schema: texts, example: null });
    expect(again).toMatchObject({ created: false, version: 2, example: null, schema: texts });
    expect(again.description).toBe('A gate opened.');
    expect((await audited(again.id as string)).map(({ action }) => action)).toEqual([
      'event_type.created',
      'event_type.updated',
    ]);
  });
});
