import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, type TestApi, type TestTenant } from '../../support/api.ts';
import { member, startWithUsers } from '../../support/users.ts';
import { tokenOf } from '../../support/userTokens.ts';

const setMember = `mutation ($input: SetMemberInput!) {
  setMember(input: $input) { member { userId role name administers { id } } }
}`;
const setPermissions = `mutation ($input: SetRolePermissionsInput!) {
  setRolePermissions(input: $input) { permissionMatrix { role permissions } }
}`;
const createKey = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
const viewer = `{ viewer { id kind role permissions organization { id } project { id }
  grants { organization { id } project { id } role permissions } } }`;

describe('members', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let owner: string;

  beforeAll(async () => {
    api = await startWithUsers();
  });
  afterAll(() => api.close());

  /** A tenant of the test's own, with an owner. */
  async function begin(): Promise<void> {
    tenant = await api.tenant();
    owner = await member(api, tenant, `grace of ${tenant.organizationId}`, 'OWNER');
  }
  const ownerId = () => `grace of ${tenant.organizationId}`;
  const set = (userId: string, role: string | null | undefined, more: object = {}) => ({
    input: { organizationId: tenant.organizationId, userId, role, ...more },
  });
  const createKeyOf = (role: string, more: object = {}) => ({
    input: { organizationId: tenant.organizationId, name: 'Key', role, ...more },
  });

  it('are known by the subject of their tokens, with a role from the moment it is given', async () => {
    await begin();
    const token = await tokenOf('ada');
    expect((await api.data(token, viewer)).viewer).toEqual({
      id: 'ada',
      kind: 'USER',
      role: null,
      permissions: [],
      organization: null,
      project: null,
      grants: [],
    });
    expect(await api.data(owner, setMember, set('ada', 'MEMBER', { name: 'Ada' }))).toEqual({
      setMember: { member: { userId: 'ada', role: 'MEMBER', name: 'Ada', administers: [] } },
    });
    const permissions = ['WEBHOOK_READ', 'DELIVERY_REPLAY', 'EVENT_PUBLISH'];
    const organization = { id: tenant.organizationId };
    expect((await api.data(token, viewer)).viewer).toEqual({
      id: 'ada',
      kind: 'USER',
      role: 'MEMBER',
      permissions,
      organization,
      project: null,
      grants: [{ organization, project: null, role: 'MEMBER', permissions }],
    });
  });

  it('of no organization see nothing of any, in no list and by no id', async () => {
    await begin();
    const { id } = await api.webhook(tenant);
    const token = await tokenOf('nobody');
    expect(await api.data(token, '{ organizations { edges { cursor } } projects { edges { cursor } } }')).toEqual({
      organizations: { edges: [] },
      projects: { edges: [] },
    });
    for (const [query, code] of [
      ['{ webhooks { edges { cursor } } }', 'FORBIDDEN'],
      ['query ($id: ID!) { webhook(id: $id) { id } }', 'FORBIDDEN'],
      ['query ($organization: ID!) { organization(id: $organization) { id } }', 'NOT_FOUND'],
      ['mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', 'NOT_FOUND'],
    ] as const) {
      expect((await api.refusal(token, query, { id, organization: tenant.organizationId })).code).toBe(code);
    }
  });

  it('of two organizations see in each only what their role there lets them', async () => {
    await begin();
    const here = tenant;
    await api.webhook(here);
    const { id } = await api.webhook(here);
    const there = await api.tenant();
    const theirs = await api.webhook(there);
    await api.data(there.key, setPermissions, {
      input: { organizationId: there.organizationId, role: 'VIEWER', permissions: [] },
    });
    await member(api, here, 'between', 'VIEWER');
    const token = await member(api, there, 'between', 'VIEWER');
    const { webhooks, organizations } = await api.data(
      token,
      `{ webhooks { edges { node { organization { id } } } } organizations { edges { node { id } } } }`,
    );
    expect(webhooks.edges.map(({ node }: { node: { organization: object } }) => node.organization)).toEqual([
      { id: here.organizationId },
      { id: here.organizationId },
    ]);
    expect(organizations.edges).toHaveLength(2);
    const nested =
      'query ($id: ID!) { organization(id: $id) { webhooks { edges { node { id } } } projects { edges { node { webhooks { edges { node { id } } } } } } } }';
    const { organization } = await api.data(token, nested, { id: there.organizationId });
    expect(JSON.stringify(organization)).not.toContain(theirs.id);
    expect(JSON.stringify(await api.data(token, nested, { id: here.organizationId }))).toContain(id);
    const list = 'query ($id: ID) { webhooks(organizationId: $id) { edges { cursor } } }';
    expect(await api.refusal(token, list, { id: there.organizationId })).toEqual({ code: 'FORBIDDEN' });
  });

  it('lose everything with their membership, at once', async () => {
    await begin();
    const token = await member(api, tenant, 'brief', 'ADMIN');
    await api.data(token, '{ webhooks { edges { cursor } } }');
    expect(await api.data(owner, setMember, set('brief', null))).toEqual({ setMember: { member: null } });
    expect(await api.refusal(token, '{ webhooks { edges { cursor } } }')).toEqual({ code: 'FORBIDDEN' });
    expect(await api.refusal(owner, setMember, set('brief', null))).toEqual({
      code: 'NOT_FOUND',
      field: 'input.userId',
    });
  });

  it('may belong to several organizations, with a role in each, and then say which one they mean', async () => {
    await begin();
    const here = tenant;
    await member(api, here, 'both', 'OWNER');
    const there = await api.tenant();
    const token = await member(api, there, 'both', 'VIEWER');
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }';
    const input = (projectId?: string) => ({
      input: { name: 'x', url: 'http://127.0.0.1:9/', ...(projectId ? { projectId } : {}) },
    });
    await api.data(token, create, input(here.projectId));
    expect(await api.refusal(token, create, input(there.projectId))).toEqual({ code: 'FORBIDDEN' });
    expect(await api.refusal(token, create, input())).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.organizationId',
    });
    await api.webhook(there);
    const { organizations, webhooks } = await api.data(
      token,
      '{ organizations { edges { node { id } } } webhooks { edges { node { organization { id } } } } }',
    );
    expect(organizations.edges).toHaveLength(2);
    expect(webhooks.edges).toHaveLength(2);
  });

  it('who administer a project manage that one, and read the rest as their role lets them', async () => {
    await begin();
    const { createProject } = await api.data(
      owner,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Dry dock' } },
    );
    const token = await member(api, tenant, 'lead', 'PROJECT_ADMIN');
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }';
    const input = (scope: object) => ({ input: { name: 'x', url: 'http://127.0.0.1:9/', ...scope } });
    await api.data(token, create, input({ projectId: tenant.projectId }));
    for (const scope of [{ projectId: createProject.project.id }, { organizationId: tenant.organizationId }]) {
      expect(await api.refusal(token, create, input(scope))).toEqual({ code: 'FORBIDDEN' });
    }
    const other = (await api.webhook({ ...tenant, projectId: createProject.project.id })).id;
    expect((await api.data(token, 'query ($id: ID!) { webhook(id: $id) { id } }', { id: other })).webhook.id).toBe(
      other,
    );
    // Readers of the organization lose their view of it; who administers a project keeps the project.
    await api.data(owner, setPermissions, {
      input: { organizationId: tenant.organizationId, role: 'VIEWER', permissions: [] },
    });
    const { webhooks } = await api.data(token, '{ webhooks { edges { node { project { id } } } } }');
    expect(webhooks.edges).toEqual([{ node: { project: { id: tenant.projectId } } }]);
    expect(await api.refusal(token, 'query ($id: ID!) { webhook(id: $id) { id } }', { id: other })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    // Of two projects, each one's webhooks are counted all the same.
    await api.data(owner, setMember, set('lead', 'PROJECT_ADMIN', { projectId: createProject.project.id }));
    const counts = 'query ($id: ID!) { openDeliveries(webhookId: $id) { pending } }';
    expect(await api.data(token, counts, { id: other })).toEqual({ openDeliveries: { pending: 0 } });
    await api.data(owner, setMember, set('lead', null, { projectId: createProject.project.id }));
    expect(await api.data(owner, setMember, set('lead', null, { projectId: tenant.projectId }))).toMatchObject({
      setMember: { member: { administers: [] } },
    });
    expect(await api.refusal(token, create, input({ projectId: tenant.projectId }))).toEqual({ code: 'FORBIDDEN' });
  });

  it('end their own membership, and no other, without a permission for it', async () => {
    await begin();
    const leave = (userId: string, more: object = {}) => set(userId, null, more);
    // Nobody asked her, in a tenant of somebody else.
    const home = await api.tenant();
    const token = await member(api, home, 'asked by nobody', 'MEMBER');
    await api.data(owner, setMember, set('asked by nobody', 'VIEWER'));
    await api.data(owner, setMember, set('asked by nobody', 'PROJECT_ADMIN', { projectId: tenant.projectId }));
    await api.data(owner, setMember, set('bystander', 'VIEWER'));
    expect(await api.refusal(token, setMember, leave('bystander'))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await api.refusal(token, setMember, set('asked by nobody', 'MEMBER'))).toMatchObject({ code: 'FORBIDDEN' });
    // A key of the same name is nobody's membership.
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, role: 'VIEWER' });
    expect(await api.refusal(key, setMember, leave('asked by nobody'))).toMatchObject({ code: 'FORBIDDEN' });

    expect(await api.data(token, setMember, leave('asked by nobody', { projectId: tenant.projectId }))).toMatchObject({
      setMember: { member: { userId: 'asked by nobody', role: 'VIEWER', administers: [] } },
    });
    expect(await api.data(token, setMember, leave('asked by nobody'))).toEqual({ setMember: { member: null } });
    expect((await api.data(token, viewer)).viewer.organization).toEqual({ id: home.organizationId });
    const stranger = { code: 'NOT_FOUND', field: 'input.organizationId' };
    expect(await api.refusal(token, setMember, leave('asked by nobody'))).toEqual(stranger);
    const nowhere = { input: { ...leave('asked by nobody').input, organizationId: home.projectId } };
    expect(await api.refusal(token, setMember, nowhere)).toEqual(stranger);
    const { auditEvents } = await api.data(
      tenant.key,
      'query ($id: ID!) { auditEvents(organizationId: $id, first: 1) { edges { node { action principalId targetId } } } }',
      { id: tenant.organizationId },
    );
    expect(auditEvents.edges[0].node).toEqual({
      action: 'MEMBER_REMOVED',
      principalId: 'asked by nobody',
      targetId: 'asked by nobody',
    });
    // But there is always an owner.
    expect(await api.refusal(owner, setMember, leave(ownerId()))).toEqual({ code: 'CONFLICT', field: 'input.role' });
  });

  it('are named with a role, and with PROJECT_ADMIN in projects alone', async () => {
    await begin();
    for (const [variables, field] of [
      [set('ada', undefined), 'input.role'],
      [set('ada', 'PROJECT_ADMIN'), 'input.role'],
      [set('ada', 'ADMIN', { projectId: tenant.projectId }), 'input.role'],
      [set('', 'ADMIN'), 'input.userId'],
      [set('x'.repeat(256), 'ADMIN'), 'input.userId'],
      [set('a\u0000b', 'ADMIN'), 'input.userId'],
      [set('ada', 'ADMIN', { name: ' ' }), 'input.name'],
    ] as const) {
      expect(await api.refusal(owner, setMember, variables)).toEqual({ code: 'VALIDATION_FAILED', field });
    }
    const stranger = set('stranger', 'PROJECT_ADMIN', { projectId: tenant.projectId });
    expect(await api.refusal(owner, setMember, stranger)).toEqual({ code: 'NOT_FOUND', field: 'input.userId' });
  });

  it('give no more than they have: owners are made and unmade by owners alone', async () => {
    await begin();
    const admin = await member(api, tenant, 'admin', 'ADMIN');
    await api.data(admin, setMember, set('new', 'ADMIN'));
    for (const variables of [set('new', 'OWNER'), set(ownerId(), 'MEMBER'), set(ownerId(), null)]) {
      expect(await api.refusal(admin, setMember, variables)).toEqual({ code: 'FORBIDDEN', field: 'input.role' });
    }
    expect(await api.refusal(admin, createKey, createKeyOf('OWNER'))).toEqual({
      code: 'FORBIDDEN',
      field: 'input.role',
    });
    // One who may manage members, and little else, neither makes nor unmakes those who may do more.
    await api.data(owner, setPermissions, {
      input: { organizationId: tenant.organizationId, role: 'MEMBER', permissions: ['MEMBER_MANAGE', 'WEBHOOK_READ'] },
    });
    const clerk = await member(api, tenant, 'clerk', 'MEMBER');
    await api.data(clerk, setMember, set('reader', 'VIEWER'));
    for (const variables of [set('reader', 'ADMIN'), set('admin', 'VIEWER'), set('admin', null)]) {
      expect(await api.refusal(clerk, setMember, variables)).toEqual({ code: 'FORBIDDEN', field: 'input.role' });
    }
  });

  it('always include an owner, also when two unmake each other at the same time', async () => {
    await begin();
    const last = { code: 'CONFLICT', field: 'input.role' };
    for (const [by, role] of [
      [owner, 'ADMIN'],
      [owner, null],
      [operatorKey, 'VIEWER'],
    ] as const) {
      expect(await api.refusal(by, setMember, set(ownerId(), role))).toEqual(last);
    }
    const second = await member(api, tenant, 'second', 'OWNER');
    const answers = await Promise.all([
      api.ask(owner, setMember, set('second', 'ADMIN')),
      api.ask(second, setMember, set(ownerId(), 'ADMIN')),
    ]);
    const { members } = await api.data(
      operatorKey,
      'query ($id: ID!) { members(organizationId: $id) { edges { node { role } } } }',
      { id: tenant.organizationId },
    );
    const roles = members.edges.map(({ node }: { node: { role: string } }) => node.role).sort();
    expect(roles).toEqual(['ADMIN', 'OWNER']);
    // The second to come is no owner any more, or the last one.
    const refused = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
    expect(refused).toHaveLength(1);
    expect(['CONFLICT', 'FORBIDDEN']).toContain(refused[0]);
  });
});

describe('the permission matrix', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let owner: string;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    owner = await member(api, tenant, 'owner', 'OWNER');
  });
  afterAll(() => api.close());

  const set = (role: string, permissions: string[]) => ({
    input: { organizationId: tenant.organizationId, role, permissions },
  });
  const managed = () => ['mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {}] as const;

  it('lets admins and above manage webhooks until an owner says otherwise, for users and keys alike, at once', async () => {
    const admin = await member(api, tenant, 'admin', 'ADMIN');
    const viewer = await member(api, tenant, 'viewer', 'VIEWER');
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, role: 'VIEWER' });
    const [query] = managed();
    const { id } = await api.webhook(tenant);
    for (const by of [viewer, key]) expect((await api.refusal(by, query, { id })).code).toBe('FORBIDDEN');
    await api.data(admin, query, { id });

    const { setRolePermissions } = await api.data(
      owner,
      setPermissions,
      set('VIEWER', ['WEBHOOK_READ', 'WEBHOOK_MANAGE']),
    );
    expect(setRolePermissions.permissionMatrix).toContainEqual({
      role: 'VIEWER',
      permissions: ['WEBHOOK_MANAGE', 'WEBHOOK_READ'],
    });
    for (const by of [viewer, key]) await api.data(by, query, { id: (await api.webhook(tenant)).id });

    await api.data(owner, setPermissions, set('ADMIN', ['WEBHOOK_READ']));
    await api.data(owner, setPermissions, set('VIEWER', []));
    for (const by of [viewer, key, admin]) {
      expect((await api.refusal(by, query, { id: (await api.webhook(tenant)).id })).code).toBe('FORBIDDEN');
    }
    expect((await api.data(key, '{ viewer { role permissions } }')).viewer).toEqual({
      role: 'VIEWER',
      permissions: [],
    });
  });

  it('is each organization’s own', async () => {
    const other = await api.tenant();
    const matrix = 'query ($id: ID!) { permissionMatrix(organizationId: $id) { role permissions } }';
    const { permissionMatrix } = await api.data(other.key, matrix, { id: other.organizationId });
    expect(permissionMatrix).toContainEqual({ role: 'VIEWER', permissions: ['WEBHOOK_READ'] });
    expect(permissionMatrix.map(({ role }: { role: string }) => role)).toEqual([
      'OWNER',
      'ADMIN',
      'MEMBER',
      'VIEWER',
      'PROJECT_ADMIN',
    ]);
  });

  it('never leaves nobody who may change it', async () => {
    const field = { code: 'VALIDATION_FAILED', field: 'input.permissions' };
    for (const permissions of [[], ['MEMBER_MANAGE'], ['ORGANIZATION_MANAGE'], ['WEBHOOK_READ', 'AUDIT_READ']]) {
      expect(await api.refusal(owner, setPermissions, set('OWNER', permissions))).toEqual(field);
      expect(await api.refusal(operatorKey, setPermissions, set('OWNER', permissions))).toEqual(field);
    }
    await api.data(owner, setPermissions, set('OWNER', ['MEMBER_MANAGE', 'ORGANIZATION_MANAGE']));
    const everything = ['WEBHOOK_MANAGE', 'WEBHOOK_READ', 'MEMBER_MANAGE', 'ORGANIZATION_MANAGE', 'AUDIT_READ'];
    await api.data(owner, setPermissions, set('OWNER', everything));
  });

  it('is not changed by admins, though they may do everything else', async () => {
    const all = ['MEMBER_MANAGE', 'ORGANIZATION_MANAGE', 'KEY_MANAGE', 'WEBHOOK_MANAGE', 'WEBHOOK_READ', 'AUDIT_READ'];
    await api.data(owner, setPermissions, set('ADMIN', all));
    const admin = await member(api, tenant, 'another admin', 'ADMIN');
    expect(await api.refusal(admin, setPermissions, set('VIEWER', all))).toEqual({ code: 'FORBIDDEN' });
  });
});
