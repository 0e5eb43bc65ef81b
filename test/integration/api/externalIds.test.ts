import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/index.ts';
import { operatorKey, TestApi } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

/** The ids that users' own systems have for organizations, projects and webhooks. */
describe('an external id', () => {
  let api: TestApi;
  let operator: Everhook;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await TestApi.start();
    operator = new Everhook({ url: api.url, apiKey: operatorKey });
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  /** An organization and an owner's client. */
  async function organization(externalId: string) {
    const { id } = await operator.organizations.create({ name: 'Acme', externalId });
    const key = await api.key(operatorKey, { organizationId: id, role: 'OWNER' });
    return { id, key, everhook: new Everhook({ url: api.url, apiKey: key }) };
  }
  const url = 'http://127.0.0.1:9/';
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail('it succeeded'),
      // biome-ignore lint/suspicious/noExplicitAny: an error of any class
      ({ code, field, message }: any) => ({ code, field, message }),
    );
  const audited = async (id: string) =>
    (await pool.query('SELECT action, before, after FROM audit_event WHERE target_id = $1 ORDER BY id', [id])).rows;

  it('stands wherever an id is taken', async () => {
    const { id: organizationId, everhook, key } = await organization('acme');
    const project = await everhook.projects.create({ organizationId: 'acme', name: 'Shop', externalId: 'shop' });
    expect(project).toMatchObject({ externalId: 'shop', organization: { id: organizationId } });
    const receiver = await new Receiver().listen();
    try {
      const { webhook } = await everhook.webhooks.create({
        projectId: 'shop',
        name: 'Hook',
        url: receiver.url,
        externalId: 'hook:1',
      });
      await everhook.eventTypes.create({ projectId: 'shop', name: 'order.paid', schema: {} });
      await everhook.events.publish({ type: 'order.paid', data: {} }, { projectId: 'acme/shop' });
      await receiver.count(1);
      const { id } = webhook;
      for (const name of ['hook:1', 'shop/hook:1', 'acme/shop/hook:1', `${project.id}/hook:1`, id.toUpperCase()]) {
        expect((await everhook.webhooks.get(name)).id, name).toBe(id);
      }
      expect((await operator.organizations.get('acme')).id).toBe(organizationId);
      expect((await everhook.projects.get('shop')).id).toBe(project.id);
      // In inputs, in lists, and where several arguments name something.
      expect((await everhook.webhooks.update('hook:1', { name: 'Board' })).name).toBe('Board');
      expect((await everhook.webhooks.setActive('shop/hook:1', true)).id).toBe(id);
      const listed = await api.data(
        key,
        `{ webhooks(organizationId: "acme", projectId: "shop") { edges { node { id externalId } } }
           deliveries(projectId: "shop", webhookId: "hook:1") { edges { node { eventType } } }
           viewer { permissions(projectId: "shop") } }`,
      );
      expect(listed).toMatchObject({
        webhooks: { edges: [{ node: { id, externalId: 'hook:1' } }] },
        deliveries: { edges: [{ node: { eventType: 'order.paid' } }] },
      });
      expect(listed.viewer.permissions).toContain('WEBHOOK_READ');
      expect(await everhook.eventTypes.get('order.paid', { projectId: 'shop' })).toMatchObject({ name: 'order.paid' });
      // Where the name of the mutation does not say what its id names.
      expect((await refusal(everhook.webhooks.extendRetiringSecret('hook:1'))).code).toBe('CONFLICT');
      // Live.
      const watch = everhook.deliveries.watch({ projectId: 'acme/shop', webhookId: 'hook:1' });
      await watch.ready;
      await watch.return();
    } finally {
      await receiver.close();
    }
  });

  it('stands in the paths and queries of REST', async () => {
    const { everhook, key } = await organization('rest');
    await everhook.projects.create({ organizationId: 'rest', name: 'Shop', externalId: 'shop' });
    const input = { projectId: 'shop', name: 'Hook', url, profile: 'TASKS' as const, externalId: 'hook|1' };
    const { webhook, secret } = await everhook.webhooks.create(input);
    api.sentinels.add(secret as string);
    const rest = (path: string) =>
      fetch(`${api.url}/v1/webhooks${path}`, { headers: { authorization: `Bearer ${key}` } });
    for (const path of [`/${encodeURIComponent('hook|1')}`, `/${encodeURIComponent('shop/hook|1')}`]) {
      expect(await (await rest(path)).json()).toMatchObject({ id: webhook.id });
    }
    expect(await (await rest('?project_id=shop')).json()).toMatchObject({ data: [{ id: webhook.id }] });
    for (const path of ['/nothing', '/%ff', '/a%2Fb%2Fc%2Fd', '?project_id=nothing']) {
      expect((await rest(path)).status, path).toBe(404);
    }
  });

  it('of another tenant names nothing, and may be the same as one’s own', async () => {
    const [ours, theirs] = [await organization('ours'), await organization('theirs')];
    const made: string[] = [];
    for (const { everhook, id: organizationId } of [ours, theirs]) {
      const { id } = await everhook.projects.create({ organizationId, name: 'Shop', externalId: 'shop' });
      const { webhook } = await everhook.webhooks.create({ projectId: 'shop', name: 'Hook', url, externalId: 'hook' });
      made.push(id, webhook.id);
    }
    expect((await ours.everhook.projects.get('shop')).id).toBe(made[0]);
    expect((await ours.everhook.webhooks.get('hook')).id).toBe(made[1]);
    const { everhook } = ours;
    await theirs.everhook.webhooks.create({ projectId: 'shop', name: 'Hook', url, externalId: 'only-theirs' });
    for (const call of [
      () => everhook.webhooks.get('only-theirs'),
      () => everhook.webhooks.get('theirs/shop/hook'),
      () => everhook.webhooks.get(`${made[2]}/hook`),
      () => everhook.webhooks.delete('only-theirs'),
      () => everhook.projects.get('theirs/shop'),
      () => everhook.organizations.get('theirs'),
      () => everhook.projects.create({ organizationId: 'theirs', name: 'x' }),
      () => everhook.events.publish({ type: 'a.b', data: {} }, { projectId: 'theirs/shop' }),
    ]) {
      expect((await refusal(call())).code, String(call)).toBe('NOT_FOUND');
    }
    // The operator sees both.
    const several = await refusal(operator.projects.get('shop'));
    expect(several).toMatchObject({ code: 'VALIDATION_FAILED', field: 'id' });
    expect(several.message).toContain('<organization>/<project>');
    expect((await operator.projects.get('theirs/shop')).id).toBe(made[2]);
    expect((await operator.webhooks.get('theirs/shop/hook')).id).toBe(made[3]);
    // A key of one project does not see the others of its organization.
    await everhook.projects.create({ organizationId: ours.id, name: 'Bar', externalId: 'bar' });
    const narrow = await api.key(ours.key, {
      organizationId: ours.id,
      projectId: made[0] as string,
      permissions: ['WEBHOOK_READ'],
    });
    const restricted = new Everhook({ url: api.url, apiKey: narrow });
    expect((await restricted.projects.get('shop')).id).toBe(made[0]);
    expect((await refusal(restricted.projects.get('bar'))).code).toBe('NOT_FOUND');
  });

  it('is unique in its scope among what exists, and free again after a deletion', async () => {
    const { everhook, id: organizationId } = await organization('unique');
    const taken = { code: 'CONFLICT', field: 'input.externalId' };
    expect(await refusal(operator.organizations.create({ name: 'x', externalId: 'unique' }))).toMatchObject(taken);
    for (const externalId of ['one', 'two']) {
      await everhook.projects.create({ organizationId, name: externalId, externalId });
    }
    expect(await refusal(everhook.projects.create({ organizationId, name: 'x', externalId: 'one' }))).toMatchObject(
      taken,
    );
    const hook = { name: 'Hook', url, externalId: 'hook' };
    const { webhook } = await everhook.webhooks.create({ projectId: 'one', ...hook });
    await everhook.webhooks.create({ projectId: 'two', ...hook });
    await everhook.webhooks.create({ organizationId, ...hook });
    expect(await refusal(everhook.webhooks.create({ projectId: 'one', ...hook }))).toMatchObject(taken);
    expect(await refusal(everhook.webhooks.create({ organizationId, ...hook }))).toMatchObject(taken);
    // Three have it, each in its scope.
    const several = await refusal(everhook.webhooks.get('hook'));
    expect(several).toMatchObject({ code: 'VALIDATION_FAILED', field: 'id' });
    expect(several.message).toContain('<project>/<webhook>');
    expect((await everhook.webhooks.get('unique/hook')).project).toBeNull();
    expect((await everhook.webhooks.get('one/hook')).id).toBe(webhook.id);

    await everhook.webhooks.delete('one/hook');
    expect((await refusal(everhook.webhooks.get('one/hook'))).code).toBe('NOT_FOUND');
    const { webhook: next } = await everhook.webhooks.create({ projectId: 'one', ...hook });
    expect((await everhook.webhooks.get('one/hook')).id).toBe(next.id);

    const moved = await everhook.webhooks.update('one/hook', { externalId: 'moved' });
    expect(moved.externalId).toBe('moved');
    expect((await refusal(everhook.webhooks.get('one/hook'))).code).toBe('NOT_FOUND');
    expect((await everhook.webhooks.update('moved', { externalId: null })).externalId).toBeNull();
    expect((await audited(next.id)).at(-1)).toMatchObject({
      before: { externalId: 'moved' },
      after: { externalId: null },
    });
  });

  it('of a project or an organization changes, and a deleted one’s is free', async () => {
    const { everhook, id: organizationId } = await organization('before');
    for (const externalId of ['one', 'two']) {
      await everhook.projects.create({ organizationId, name: externalId, externalId });
    }
    expect((await everhook.projects.update('before/one', { externalId: 'three' })).externalId).toBe('three');
    const taken = { code: 'CONFLICT', field: 'input.externalId' };
    expect(await refusal(everhook.projects.update('three', { externalId: 'two' }))).toMatchObject(taken);
    expect((await everhook.projects.update('three', { externalId: null })).externalId).toBeNull();
    await everhook.projects.delete('two');
    await everhook.projects.create({ organizationId, name: 'two again', externalId: 'two' });

    await operator.organizations.create({ name: 'Other', externalId: 'other' });
    expect(await refusal(everhook.organizations.update('before', { externalId: 'x' }))).toMatchObject({
      code: 'FORBIDDEN',
      field: 'input.externalId',
    });
    expect(await refusal(operator.organizations.update('before', { externalId: 'other' }))).toMatchObject(taken);
    expect((await operator.organizations.update('before', { externalId: 'after' })).externalId).toBe('after');
    await operator.organizations.delete('after');
    expect((await operator.organizations.create({ name: 'After', externalId: 'after' })).externalId).toBe('after');
  });

  it('must not look like an id of Everhook', async () => {
    const { everhook } = await organization('looks');
    const externalId = '019a5b2e-7c1d-7e52-9f3a-5d2f0c8b6a11';
    const project = await everhook.projects.create({ organizationId: 'looks', name: 'x' });
    for (const each of [externalId, externalId.toUpperCase(), 'a/b', '', 'a b']) {
      const refused = await refusal(
        everhook.webhooks.create({ projectId: project.id, name: 'x', url, externalId: each }),
      );
      expect(refused).toMatchObject({ code: 'VALIDATION_FAILED', field: 'input.externalId' });
    }
  });

  describe('finds what an upsert creates or changes', () => {
    const counted = <Made extends { created: boolean }>(made: readonly Made[]) =>
      made.filter(({ created }) => created).length;

    it('an organization, once however many ask at the same time', async () => {
      const input = { externalId: 'wanted', name: 'Acme' };
      const made = await Promise.all(Array.from({ length: 5 }, () => operator.organizations.upsert(input)));
      expect(counted(made)).toBe(1);
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      const changed = await operator.organizations.upsert({ ...input, name: 'Acme Inc.' });
      expect(changed).toMatchObject({ created: false, name: 'Acme Inc.' });
      expect((await audited(changed.id)).map(({ action, after }) => [action, after.name])).toEqual([
        ['organization.created', 'Acme'],
        ['organization.updated', 'Acme Inc.'],
      ]);
    });

    it('a project', async () => {
      const { everhook } = await organization('owner');
      const input = { organizationId: 'owner', externalId: 'wanted', name: 'Shop', profile: 'PLANE' as const };
      const made = await Promise.all(Array.from({ length: 5 }, () => everhook.projects.upsert(input)));
      expect(counted(made)).toBe(1);
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      const { profile: _, ...named } = input;
      const changed = await everhook.projects.upsert({ ...named, name: 'Store' });
      expect(changed).toMatchObject({ created: false, name: 'Store', profile: 'PLANE' });
      expect((await audited(changed.id)).map(({ action }) => action)).toEqual(['project.created', 'project.updated']);
    });

    it('a webhook, whose secret is shown only when it is created', async () => {
      const { everhook } = await organization('hooks');
      await everhook.projects.create({ organizationId: 'hooks', name: 'Shop', externalId: 'shop' });
      const headers = [{ name: 'X-Shop', value: 'a value of a header' }];
      const input = { projectId: 'shop', externalId: 'wanted', name: 'Hook', url, headers };
      const made = await Promise.all(Array.from({ length: 5 }, () => everhook.webhooks.upsert(input)));
      expect(counted(made)).toBe(1);
      expect(new Set(made.map(({ webhook }) => webhook.id)).size).toBe(1);
      expect(made.filter(({ secret }) => secret !== null).map(({ created }) => created)).toEqual([true]);
      const id = made[0]?.webhook.id as string;
      // What is sealed anew each time is compared by its content.
      expect((await audited(id)).map(({ action }) => action)).toEqual(['webhook.created']);
      const version = async () =>
        (await pool.query('SELECT routing_version AS v FROM organization WHERE external_id = $1', ['hooks'])).rows[0].v;
      const before = await version();
      const { headers: _, ...rest } = input;
      await everhook.webhooks.upsert(rest);
      expect(await version()).toBe(before);
      const changed = await everhook.webhooks.upsert({ ...rest, url: 'http://127.0.0.1:9/next', timeout: 'PT5S' });
      expect(changed).toMatchObject({
        created: false,
        secret: null,
        webhook: { id, url: 'http://127.0.0.1:9/next', headers: [{ name: 'X-Shop' }] },
      });
      expect((await audited(id)).map(({ action }) => action)).toEqual(['webhook.created', 'webhook.updated']);
      expect(await refusal(everhook.webhooks.upsert({ ...rest, profile: 'PLANE' }))).toMatchObject({
        code: 'VALIDATION_FAILED',
        field: 'input.profile',
      });
      await everhook.webhooks.delete('shop/wanted');
      const again = await everhook.webhooks.upsert(rest);
      expect(again.created).toBe(true);
      expect(again.webhook.id).not.toBe(id);
    });
  });
});
