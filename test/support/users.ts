import { SignJWT } from 'jose';
import type { Role } from '../../server/access/principal.ts';
import { generateKey } from '../../server/secrets/keyRing.ts';
import { operatorKey, TestApi, type TestTenant } from './api.ts';

/** Shared with the identity provider. */
export const secret = 'a secret shared with the identity provider';

/** How their tokens are checked. */
export const jwt = { keys: { secret }, issuer: null, audience: null, algorithms: ['HS256'], clockToleranceSeconds: 0 };

/** What it seals with, for tests that put sealed rows in place themselves. */
export const encryptionKeys = generateKey();

/** An API whose users come with tokens signed by a shared secret. */
export const startWithUsers = (): Promise<TestApi> =>
  TestApi.start({
    encryptionKeys,
    jwt,
  });

/** A user's token. @param expiresAt - seconds since 1970; in an hour unless said */
export const tokenOf = (userId: string, expiresAt: number | string = '1h'): Promise<string> =>
  new SignJWT()
    .setSubject(userId)
    .setExpirationTime(expiresAt)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(secret));

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
