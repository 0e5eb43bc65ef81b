import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook, NotFoundError, UnauthenticatedError } from '../../../client-sdk/src/index.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';
import { tokenOf } from '../../support/userTokens.ts';

let api: TestApi;
let tenant: TestTenant;
let owner: Everhook;
const as = (apiKey: string) => new Everhook({ url: api.url, apiKey });
beforeAll(async () => {
  api = await startWithUsers();
  tenant = await api.tenant();
  owner = as(tenant.key);
});
afterAll(() => api.close());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('access through the SDK', () => {
  it('gives users roles, in the organization and in a project, and takes them away', async () => {
    const { organizationId, projectId } = tenant;
    const member = { organizationId, userId: 'ada' };
    expect(await owner.members.set({ ...member, name: 'Ada', role: 'VIEWER' })).toMatchObject({
      userId: 'ada',
      name: 'Ada',
      role: 'VIEWER',
      administers: [],
    });
    const administrator = await owner.members.set({ ...member, projectId, role: 'PROJECT_ADMIN' });
    expect(administrator.administers).toMatchObject([{ id: projectId }]);
    expect(await all(owner.members.list({ organizationId }))).toEqual([administrator]);

    const ada = as(await tokenOf('ada'));
    const { id, kind, grants } = await ada.viewer();
    expect([id, kind]).toEqual(['ada', 'USER']);
    expect(grants.map(({ project, role }) => [project?.id ?? null, role])).toEqual(
      expect.arrayContaining([
        [null, 'VIEWER'],
        [projectId, 'PROJECT_ADMIN'],
      ]),
    );
    expect((await ada.viewer({ projectId })).permissions).toContain('WEBHOOK_MANAGE');
    expect((await ada.viewer({ organizationId })).permissions).not.toContain('WEBHOOK_MANAGE');

    expect(await owner.members.remove({ ...member, projectId })).toMatchObject({ role: 'VIEWER', administers: [] });
    expect(await owner.members.remove(member)).toBeNull();
    expect(await all(owner.members.list({ organizationId }))).toEqual([]);
    await expect(owner.members.remove(member)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('changes an organization and a project, audited, and deletes them', async () => {
    const { organizationId, projectId, key } = await api.tenant();
    const theirs = as(key);
    const organization = await theirs.organizations.update(organizationId, { name: 'Northwind Ferries' });
    expect(organization).toMatchObject({ id: organizationId, name: 'Northwind Ferries' });
    await theirs.members.set({ organizationId, userId: 'ada', role: 'VIEWER' });
    const changes = { name: 'Quay', profile: 'TASKS', ownerId: 'ada' } as const;
    expect(await theirs.projects.update(projectId, changes)).toMatchObject({ id: projectId, ...changes });
    expect(await theirs.projects.update(projectId, { ownerId: null })).toMatchObject({
      name: 'Quay',
      ownerId: null,
    });
    await expect(theirs.projects.update(projectId, { ownerId: 'stranger' })).rejects.toMatchObject({
      name: 'NotFoundError',
      field: 'input.ownerId',
    });
    await expect(theirs.organizations.update(organizationId, { name: ' ' })).rejects.toMatchObject({
      name: 'ValidationError',
      field: 'input.name',
    });
    const actions = (await all(theirs.audit.list({ organizationId }))).map(({ action, after }) => [action, after]);
    expect(actions.slice(0, 2)).toEqual([
      ['PROJECT_UPDATED', { ownerId: null }],
      ['PROJECT_UPDATED', { name: 'Quay', profile: 'TASKS', ownerId: 'ada' }],
    ]);
    expect(actions).toContainEqual(['ORGANIZATION_UPDATED', { name: 'Northwind Ferries' }]);

    const deletion = await theirs.projects.delete(projectId, { name: 'Quay' });
    expect(deletion).toMatchObject({ kind: 'PROJECT', projectId, state: 'STOPPING' });
    expect((await theirs.projects.delete(projectId)).id).toBe(deletion.id);
    const watch = theirs.deletions.watch(deletion.id);
    expect((await watch.next()).value).toMatchObject({ id: deletion.id });
    await watch.return();
    await expect(theirs.projects.get(projectId)).rejects.toBeInstanceOf(NotFoundError);
    const whole = await theirs.organizations.delete(organizationId);
    await expect(theirs.deletions.get(whole.id)).rejects.toBeInstanceOf(UnauthenticatedError);
  });

  it('decides what a role may do, for whoever has it', async () => {
    const stranger = await api.tenant();
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, role: 'VIEWER' });
    const matrix = await owner.permissions.matrix(tenant);
    expect(new Set(matrix.map(({ role }) => role))).toEqual(
      new Set(['OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'PROJECT_ADMIN']),
    );
    const permissions = ['WEBHOOK_READ', 'DELIVERY_REPLAY'] as const;
    const { organizationId } = tenant;
    const changed = await owner.permissions.set({ organizationId, role: 'VIEWER', permissions });
    expect(changed.find(({ role }) => role === 'VIEWER')?.permissions).toEqual(permissions);
    expect(await owner.permissions.matrix(tenant)).toEqual(changed);
    expect((await as(key).viewer()).permissions).toEqual(permissions);
    await expect(owner.permissions.matrix(stranger)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('makes portal links whose token works as a key, until they are revoked', async () => {
    const { projectId } = tenant;
    const { portalLink, token, path } = await owner.portalLinks.create({
      projectId,
      name: 'Bay Marina',
      permissions: ['WEBHOOK_READ'],
      expiresIn: 'PT10M',
    });
    expect(path).toContain(token);
    const customer = as(token);
    expect(await customer.viewer()).toMatchObject({
      id: portalLink.id,
      kind: 'PORTAL',
      permissions: ['WEBHOOK_READ'],
      project: { id: projectId },
    });
    expect(await all(owner.portalLinks.list({ projectId }))).toEqual([portalLink]);
    expect((await owner.portalLinks.revoke(portalLink.id)).revokedAt).not.toBeNull();
    await expect(customer.viewer()).rejects.toBeInstanceOf(UnauthenticatedError);
  });

  it('lists what was done, by action, target, principal and time', async () => {
    const { organizationId, projectId } = tenant;
    const before = new Date();
    const { webhook } = await owner.webhooks.create({ projectId, name: 'Berths', url: 'http://127.0.0.1:9/' });
    await owner.webhooks.update(webhook.id, { name: 'Piers' });
    const ofWebhook = await all(owner.audit.list({ organizationId, targetId: webhook.id }));
    expect(ofWebhook.map(({ action }) => action)).toEqual(['WEBHOOK_UPDATED', 'WEBHOOK_CREATED']);
    expect(ofWebhook[0]).toMatchObject({
      targetType: 'WEBHOOK',
      principalKind: 'API_KEY',
      principalId: (await owner.viewer()).id,
      before: { name: 'Berths' },
      after: { name: 'Piers' },
    });
    const updates = { organizationId, actions: ['WEBHOOK_UPDATED'], from: before } as const;
    expect(await all(owner.audit.list(updates))).toEqual([ofWebhook[0]]);
    expect(await all(owner.audit.list({ ...updates, principalId: 'nobody' }))).toEqual([]);
    expect(await all(owner.audit.list({ organizationId, targetId: webhook.id, to: before }))).toEqual([]);
    const never = owner.audit.list({ organizationId, from: new Date('never') }).page();
    await expect(never).rejects.toMatchObject({ name: 'ValidationError', field: 'from' });
  });

  it('tells the ranges that deliveries leave from', async () => {
    expect(await owner.egressIpRanges()).toEqual(['192.0.2.0/28']);
  });
});
