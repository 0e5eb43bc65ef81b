import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issuer, RoleRule } from '../../../core/oidc/issuer.ts';
import { syncMemberships } from '../../../core/oidc/memberships.ts';
import type { PrismaClient } from '../../../core/store/prisma/client.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { issuerOf } from '../../support/oidcSignIn.ts';

const url = 'https://id.harbour.example';
let people = 0;

describe('members whom an issuer’s rules make', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const rule = (group: string, role: RoleRule['role'], more: Partial<RoleRule> = {}): RoleRule => ({
    for: { group },
    organization: tenant.organizationId,
    project: null,
    role,
    ...more,
  });
  /** Somebody new, and what their issuer says of them from now on. */
  function person(more: Partial<Issuer> = {}) {
    const id = `${url}#${++people}`;
    const issuer = issuerOf('harbour', 'Harbour ID', url, {
      roles: [
        rule('staff', 'MEMBER'),
        rule('chiefs', 'ADMIN'),
        rule('yard', 'PROJECT_ADMIN', { project: tenant.projectId }),
      ],
      ...more,
    });
    const parts = { prisma: api.service.services.prisma as PrismaClient, log: pino({ level: 'silent' }) };
    const says = (...groups: string[]) =>
      syncMemberships(parts, issuer, { kind: 'USER', id, grants: [] }, { name: 'Kim Crane', groups });
    const set = (role: string | null, projectId?: string) =>
      api.data(tenant.key, 'mutation ($i: SetMemberInput!) { setMember(input: $i) { member { id } } }', {
        i: { organizationId: tenant.organizationId, userId: id, role, ...(projectId ? { projectId } : {}) },
      });
    const member = async () => {
      const { members } = await api.data(
        tenant.key,
        'query ($o: ID!) { members(organizationId: $o, first: 100) { edges { node { userId role issuer administers { id } } } } }',
        { o: tenant.organizationId },
      );
      return members.edges.find(({ node }: { node: { userId: string } }) => node.userId === id)?.node ?? null;
    };
    const is = async () => {
      const found = await member();
      return found ? [found.role, ...found.administers.map(({ id: project }: { id: string }) => project)] : null;
    };
    /** By whose rules they have their role. */
    const by = async () => (await member()).issuer;
    return { id, says, set, is, by };
  }

  it('follow their groups, up and down, in the organization and its projects, and away; each change is in the log', async () => {
    const { id, says, is } = person();
    expect(await says()).toBe(false);
    expect(await is()).toBeNull();
    await says('staff', 'yard');
    expect(await is()).toEqual(['MEMBER', tenant.projectId]);
    expect(await says('yard', 'staff')).toBe(false);
    await says('staff', 'chiefs');
    expect(await is()).toEqual(['ADMIN']);
    await says('yard');
    expect(await is()).toBeNull();
    await says('staff');
    expect(await is()).toEqual(['MEMBER']);
    const { auditEvents } = await api.data(
      tenant.key,
      'query ($o: ID!, $t: String!) { auditEvents(organizationId: $o, targetId: $t) { edges { node { action principalId } } } }',
      { o: tenant.organizationId, t: id },
    );
    expect(auditEvents.edges.map(({ node }: { node: { action: string } }) => node.action)).toEqual([
      'MEMBER_ADDED',
      'MEMBER_REMOVED',
      'MEMBER_CHANGED',
      'MEMBER_ADDED',
    ]);
  });

  it('are made where that is allowed alone; elsewhere those get in whom somebody here has added', async () => {
    const { says, set, is } = person({ createMembers: false });
    await says('chiefs');
    expect(await is()).toBeNull();
    await set('VIEWER');
    await says('chiefs');
    expect(await is()).toEqual(['VIEWER']);
  });

  it('keep the role that they were given here, before or after, also in a project, whatever their groups say', async () => {
    const before = person();
    await before.set('VIEWER');
    await before.says('chiefs');
    expect(await before.is()).toEqual(['VIEWER']);
    const after = person();
    await after.says('staff');
    await after.set('VIEWER');
    await after.says('chiefs');
    expect(await after.is()).toEqual(['VIEWER']);
    await after.says();
    expect(await after.is()).toEqual(['VIEWER']);
    const inProject = person();
    await inProject.says('staff');
    await inProject.set('PROJECT_ADMIN', tenant.projectId);
    await inProject.says('staff');
    expect(await inProject.is()).toEqual(['MEMBER', tenant.projectId]);
    for (const each of [before, after, inProject]) expect(await each.by()).toBeNull();
    // A name alone gives no role.
    const named = person();
    await named.says('staff');
    await named.set('MEMBER');
    expect(await named.by()).toBe(url);
    await named.says('chiefs');
    expect(await named.is()).toEqual(['ADMIN']);
  });

  it('whom somebody here has removed stay removed, until somebody here adds them', async () => {
    const { says, set, is } = person();
    await says('staff');
    await set(null);
    await says('staff');
    await says();
    await says('chiefs');
    expect(await is()).toBeNull();
    await set('VIEWER');
    expect(await is()).toEqual(['VIEWER']);
  });

  it('are nobody’s of another tenant, whatever it calls itself, and none of one that was deleted', async () => {
    const other = await api.tenant();
    const { says, is } = person();
    // An external id cannot look like an id, so a rule has one meaning.
    const external =
      'mutation ($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }';
    for (const key of [other.key, operatorKey]) {
      const { errors } = await api.ask(key, external, {
        i: { id: other.organizationId, externalId: tenant.organizationId },
      });
      expect(errors?.[0]?.extensions.field).toBe('input.externalId');
    }
    await says('staff');
    expect(await is()).toEqual(['MEMBER']);
    const gone = person({ roles: [rule('staff', 'OWNER', { organization: 'no-such-organization' })] });
    expect(await gone.says('staff')).toBe(false);
  });

  it('lose nothing elsewhere with an organization that is deleted, also while its rows are still there', async () => {
    const other = await api.tenant();
    const { says, is } = person({
      roles: [rule('staff', 'MEMBER'), rule('staff', 'ADMIN', { organization: other.organizationId })],
    });
    await says('staff');
    await api.data(
      other.key,
      'mutation ($i: DeleteOrganizationInput!) { deleteOrganization(input: $i) { deletion { id } } }',
      {
        i: { id: other.organizationId, name: 'Harbour Robotics' },
      },
    );
    expect(await says('staff')).toBe(false);
    expect(await is()).toEqual(['MEMBER']);
    await says();
    expect(await is()).toBeNull();
  });

  it('cannot take themselves out of a project alone: they would keep the rest, whatever their groups say later', async () => {
    const { id, says, is, by } = person();
    await says('staff', 'yard');
    const [project] = [tenant.projectId];
    const parts = api.service.services.members;
    const principal = { kind: 'USER' as const, id, grants: [] };
    const input = {
      organizationId: tenant.organizationId,
      projectId: project,
      userId: id,
      role: null,
      name: undefined,
    };
    await expect(parts.set(principal, input)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([await is(), await by()]).toEqual([['MEMBER', project], url]);
    await says();
    expect(await is()).toBeNull();
  });

  it('get the highest of their roles, however the rules name the organization', async () => {
    const externalId = `acme-${people}`;
    await api.data(
      operatorKey,
      'mutation ($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
      { i: { id: tenant.organizationId, externalId } },
    );
    const { says, is } = person({
      roles: [
        rule('staff', 'VIEWER', { organization: externalId }),
        rule('yard', 'PROJECT_ADMIN', { project: tenant.projectId }),
        rule('staff', 'MEMBER'),
        rule('yard', 'VIEWER', { organization: externalId }),
      ],
    });
    await says('staff', 'yard');
    expect(await is()).toEqual(['MEMBER', tenant.projectId]);
  });
});
