import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApiKeys } from '../../../core/access/apiKeys.ts';
import { createAuthenticator } from '../../../core/access/authenticate.ts';
import { digestOf } from '../../../core/access/digest.ts';
import { createTokenVerifier } from '../../../core/access/jwt.ts';
import { createPermissionMatrix } from '../../../core/access/matrix.ts';
import { createMembers } from '../../../core/access/members.ts';
import { createPortalLinks } from '../../../core/access/portalLinks.ts';
import type { Operator, Principal } from '../../../core/access/principal.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { atTime } from '../../support/atTime.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, type Tenant } from '../../support/tenant.ts';
import { jwt } from '../../support/users.ts';
import { tokenOf } from '../../support/userTokens.ts';

const operator: Operator = { kind: 'OPERATOR', id: 'operator' };

/** What one process serves by. */
function processOf(database: Database) {
  const authenticator = createAuthenticator(
    database.prisma,
    digestOf('the operator’s key'),
    createTokenVerifier(jwt, { warn: () => {} } as never),
  );
  const { prisma } = database;
  return {
    who: (credential: string) => authenticator.authenticate(`Bearer ${credential}`),
    keys: createApiKeys(prisma, authenticator.forget),
    links: createPortalLinks(prisma, authenticator.forget),
    members: createMembers(prisma, authenticator.forgetUser),
    matrix: createPermissionMatrix(prisma, authenticator.forgetOrganization),
  };
}

describe('a credential', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let tenant: Tenant;
  let here: ReturnType<typeof processOf>;
  let there: ReturnType<typeof processOf>;

  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = openDatabase(testDatabase.url);
    tenant = await createTenant(database.pool);
    here = processOf(database);
    there = processOf(database);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const permissions = (principal: Principal) =>
    principal.kind === 'OPERATOR' ? [] : principal.grants.flatMap((grant) => [...grant.permissions]);
  const outcome = (credential: string, process: typeof here) =>
    process.who(credential).then(
      (principal) => permissions(principal).join(' ') || 'nothing',
      (error: { code: string }) => error.code,
    );
  /** What a process makes of it after so many milliseconds. */
  async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + milliseconds);
    try {
      return await work();
    } finally {
      clock.mockRestore();
    }
  }

  const cases: [string, () => Promise<{ credential: string; change: () => Promise<unknown>; left: string }>][] = [
    [
      'a key that is revoked',
      async () => {
        const { organizationId } = tenant;
        const input = {
          organizationId,
          projectId: null,
          name: 'k',
          role: null,
          permissions: ['WEBHOOK_READ'] as const,
        };
        const { id, key } = await here.keys.create(operator, input);
        return { credential: key, change: () => here.keys.revoke(operator, id), left: 'UNAUTHENTICATED' };
      },
    ],
    [
      'a portal link that is revoked',
      async () => {
        const scope = { organizationId: tenant.organizationId, projectId: tenant.projectId };
        const input = { name: null, permissions: ['WEBHOOK_READ'] as const, lifetimeMs: null };
        const { id, token } = await here.links.create(operator, scope, input);
        return { credential: token, change: () => here.links.revoke(operator, id), left: 'UNAUTHENTICATED' };
      },
    ],
    [
      'a user who is no member any more',
      async () => {
        const { organizationId } = tenant;
        const input = { organizationId, projectId: null, userId: 'ada', name: undefined, role: 'VIEWER' as const };
        await here.members.set(operator, input);
        const change = () => here.members.set(operator, { ...input, role: null });
        return { credential: await tokenOf('ada'), change, left: 'nothing' };
      },
    ],
    [
      'a role that may do less',
      async () => {
        const { organizationId } = tenant;
        const input = { organizationId, projectId: null, name: 'k', role: 'VIEWER' as const, permissions: null };
        const { key } = await here.keys.create(operator, input);
        const change = () => here.matrix.set(operator, organizationId, 'VIEWER', []);
        return { credential: key, change, left: 'nothing' };
      },
    ],
  ];

  it.each(cases)('%s changes at once where that was done, and within 5 seconds elsewhere', async (_what, prepare) => {
    const { credential, change, left } = await prepare();
    for (const process of [here, there]) expect(await outcome(credential, process)).toBe('WEBHOOK_READ');
    await change();
    expect(await outcome(credential, here)).toBe(left);
    expect(await after(5_000, () => outcome(credential, there))).toBe(left);
  });

  it('that expires is good until then, and not a moment longer, though it was read before', async () => {
    const input = { organizationId: tenant.organizationId, projectId: null, userId: 'joan', name: undefined };
    await here.members.set(operator, { ...input, role: 'OWNER' });
    const seconds = Math.floor(Date.now() / 1_000) + 600;
    const token = await tokenOf('joan', seconds);
    const meanwhile = (time: number) => atTime(time, () => outcome(token, here));
    expect(await meanwhile(seconds * 1_000 - 1)).toContain('MEMBER_MANAGE');
    expect(await meanwhile(seconds * 1_000)).toBe('UNAUTHENTICATED');
  });

  it('that is used often is read seldom: publishing does not wait for it', async () => {
    const { organizationId } = tenant;
    const input = { organizationId, projectId: null, name: 'k', role: null, permissions: ['EVENT_PUBLISH'] as const };
    const { key } = await here.keys.create(operator, input);
    const token = await tokenOf('grace');
    for (const credential of [key, token]) {
      await here.who(credential);
      const query = vi.spyOn(database.pool, 'query');
      const connect = vi.spyOn(database.pool, 'connect');
      for (let each = 0; each < 1_000; each++) await here.who(credential);
      expect(query.mock.calls.length + connect.mock.calls.length).toBe(0);
      query.mockRestore();
      connect.mockRestore();
    }
  });

  it('of the form of another kind is none', async () => {
    for (const credential of ['ehk_x', 'ehp_x', 'eyJ.eyJ.x', 'the operator’s key!', 'x'.repeat(4_096)]) {
      expect(await outcome(credential, here)).toBe('UNAUTHENTICATED');
    }
    for (const header of [undefined, '', 'Bearer', 'Basic dXNlcjpwYXNz', `Bearer ${'x'.repeat(4_097)}`, 'Bearer a b']) {
      const authenticator = createAuthenticator(database.prisma, null);
      await expect(authenticator.authenticate(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });
});
