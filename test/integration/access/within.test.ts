import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, type TestApi, type TestTenant } from '../../support/api.ts';
import { member, startWithUsers } from '../../support/users.ts';
import { jwtSecret } from '../../support/userTokens.ts';

const createKey = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }';
const revokeKey = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }';
const createLink =
  'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token portalLink { id } } }';
const revokeLink = 'mutation ($id: ID!) { revokePortalLink(input: { id: $id }) { portalLink { revokedAt } } }';
const setMember = 'mutation ($input: SetMemberInput!) { setMember(input: $input) { member { userId } } }';

describe('credentials and memberships are managed within what one holds oneself', () => {
  let api: TestApi;
  let tenant: TestTenant;
  /** Who has KEY_MANAGE, by what else they have. */
  let managers: Record<'owner' | 'admin' | 'clerk' | 'ofProject' | 'projectAdmin', string>;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    const { organizationId, projectId, key } = tenant;
    managers = {
      owner: await member(api, tenant, 'owner', 'OWNER'),
      admin: await member(api, tenant, 'admin', 'ADMIN'),
      clerk: await api.key(key, { organizationId, permissions: ['KEY_MANAGE', 'WEBHOOK_READ'] }),
      ofProject: await api.key(key, { organizationId, projectId, role: 'OWNER' }),
      projectAdmin: await member(api, tenant, 'lead', 'PROJECT_ADMIN'),
    };
  });
  afterAll(() => api.close());

  const made = async (input: object, by = tenant.key): Promise<{ id: string; key: string }> => {
    const { createApiKey } = await api.data(by, createKey, {
      input: { organizationId: tenant.organizationId, name: 'Key', ...input },
    });
    return { id: createApiKey.apiKey.id, key: createApiKey.key };
  };
  const works = async (key: string) => (await api.ask(key, '{ viewer { kind } }')).status === 200;

  it('an owner’s key is revoked by owners alone', async () => {
    const { projectId } = tenant;
    const wide = await made({ role: 'OWNER' });
    const narrow = await made({ role: 'OWNER', projectId });
    const unseen = { code: 'NOT_FOUND', field: 'input.id' };
    const refused = { code: 'FORBIDDEN', field: 'input.id' };
    for (const by of [managers.admin, managers.clerk]) {
      expect(await api.refusal(by, revokeKey, { id: wide.id })).toEqual(refused);
      expect(await api.refusal(by, revokeKey, { id: narrow.id })).toEqual(refused);
    }
    expect(await api.refusal(managers.ofProject, revokeKey, { id: wide.id })).toEqual(unseen);
    expect(await api.refusal(managers.ofProject, revokeKey, { id: narrow.id })).toEqual(refused);
    expect(await api.refusal(managers.projectAdmin, revokeKey, { id: narrow.id })).toEqual(refused);
    expect([await works(wide.key), await works(narrow.key)]).toEqual([true, true]);
    for (const { id } of [wide, narrow]) await api.data(managers.owner, revokeKey, { id });
    expect([await works(wide.key), await works(narrow.key)]).toEqual([false, false]);
  });

  it('is made by owners alone, too, and those of a project are none', async () => {
    const { organizationId, projectId } = tenant;
    const input = { organizationId, projectId, name: 'Key', role: 'OWNER' };
    for (const by of [managers.admin, managers.clerk, managers.ofProject, managers.projectAdmin]) {
      expect(await api.refusal(by, createKey, { input })).toEqual({ code: 'FORBIDDEN', field: 'input.role' });
    }
    await made({ projectId, role: 'OWNER' }, managers.owner);
  });

  it('a key or link with more than one has is neither made nor revoked; one with as much is', async () => {
    const { organizationId, projectId } = tenant;
    const more = await made({ permissions: ['KEY_MANAGE', 'WEBHOOK_MANAGE'] });
    const byRole = await made({ role: 'MEMBER' });
    const asMuch = await made({ permissions: ['WEBHOOK_READ'] });
    for (const { id } of [more, byRole]) {
      expect(await api.refusal(managers.clerk, revokeKey, { id })).toEqual({ code: 'FORBIDDEN', field: 'input.id' });
    }
    await api.data(managers.clerk, revokeKey, { id: asMuch.id });
    await api.data(managers.admin, revokeKey, { id: more.id });
    const link = async (permissions: string[]) =>
      (await api.data(tenant.key, createLink, { input: { projectId, permissions } })).createPortalLink;
    const wider = await link(['WEBHOOK_READ', 'WEBHOOK_MANAGE']);
    expect(await api.refusal(managers.clerk, revokeLink, { id: wider.portalLink.id })).toEqual({
      code: 'FORBIDDEN',
      field: 'input.id',
    });
    expect(await works(wider.token)).toBe(true);
    await api.data(managers.clerk, revokeLink, { id: (await link(['WEBHOOK_READ'])).portalLink.id });
    await api.data(managers.projectAdmin, revokeLink, { id: wider.portalLink.id });
    // Audit and members are no part of a project's administration.
    const beyond = await made({ projectId, permissions: ['AUDIT_READ'] });
    expect((await api.refusal(managers.projectAdmin, revokeKey, { id: beyond.id })).code).toBe('FORBIDDEN');
    const input = { organizationId, projectId, name: 'Key', permissions: ['AUDIT_READ'] };
    expect(await api.refusal(managers.projectAdmin, createKey, { input })).toEqual({
      code: 'FORBIDDEN',
      field: 'input.permissions',
    });
  });

  it('gives oneself up: a key may revoke itself', async () => {
    const { projectId } = tenant;
    for (const input of [{ projectId, role: 'OWNER' }, { permissions: ['KEY_MANAGE'] }]) {
      const { id, key } = await made(input);
      await api.data(key, revokeKey, { id });
      expect(await works(key)).toBe(false);
    }
  });

  it('a membership goes with what its user administers, which takes as much as taking that alone', async () => {
    const { organizationId, projectId } = await api.tenant();
    const own = { organizationId, projectId, key: '' };
    const set = (role: string | null, more: object = {}) => ({
      input: { organizationId, userId: 'leaver', role, ...more },
    });
    const owner = await member(api, own, 'their owner', 'OWNER');
    await api.data(
      owner,
      'mutation ($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) { permissionMatrix { role } } }',
      { input: { organizationId, role: 'MEMBER', permissions: ['MEMBER_MANAGE', 'WEBHOOK_READ'] } },
    );
    const clerk = await member(api, own, 'their clerk', 'MEMBER');
    await member(api, own, 'leaver', 'PROJECT_ADMIN');
    const refused = { code: 'FORBIDDEN', field: 'input.role' };
    expect(await api.refusal(clerk, setMember, set(null, { projectId }))).toEqual(refused);
    expect(await api.refusal(clerk, setMember, set(null))).toEqual(refused);
    await api.data(owner, setMember, set(null, { projectId }));
    await api.data(clerk, setMember, set(null));
    await member(api, own, 'leaver', 'PROJECT_ADMIN');
    await api.data(operatorKey, setMember, set(null));
  });

  it('a token whose subject can be nobody’s is refused, whatever it is', async () => {
    const token = (sub: unknown) =>
      new SignJWT({ sub } as never)
        .setExpirationTime('1h')
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(jwtSecret));
    for (const sub of ['a\u0000b', '\u0000', 'a\nb', '', 'x'.repeat(256), '\ud800', 7, null, ['ada'], { sub: 'ada' }]) {
      const { status, errors } = await api.ask(await token(sub), '{ viewer { id } }');
      expect([status, errors?.[0]?.extensions.code], JSON.stringify(sub)).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect((await api.ask(await token('ada'), '{ viewer { id } }')).status).toBe(200);
  });
});
