import type { Role } from '../../core/access/principal.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { operatorKey, TestApi, type TestTenant } from './api.ts';
import { jwtSecret, tokenOf } from './userTokens.ts';

/** How their tokens are checked. */
export const jwt = {
  keys: { secret: jwtSecret },
  issuer: null,
  audience: null,
  algorithms: ['HS256'],
  clockToleranceSeconds: 0,
};

/** Its key ring, for tests that insert encrypted rows themselves. */
export const encryptionKeys = generateKey();

/** An API whose users have tokens signed with a shared secret. */
export const startWithUsers = (): Promise<TestApi> =>
  TestApi.start({
    encryptionKeys,
    jwt,
  });

const setMember = 'mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id role } } }';

/** Gives a user a role, in the tenant's organization or in its project. @returns the user's token */
export async function member(
  api: TestApi,
  { organizationId, projectId }: TestTenant,
  userId: string,
  role: Role,
): Promise<string> {
  const inProject = role === 'PROJECT_ADMIN';
  if (inProject) {
    await api.data(operatorKey, setMember, { input: { organizationId, userId, role: 'VIEWER' } });
  }
  const input = { organizationId, userId, role, ...(inProject ? { projectId } : {}) };
  await api.data(operatorKey, setMember, { input });
  return tokenOf(userId);
}
