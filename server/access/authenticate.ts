import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { digestOf } from './apiKeys.ts';
import { rolePermissions } from './permissions.ts';
import type { ApiKeyPrincipal, Operator, Principal } from './principal.ts';

/** How long what was read of a key is believed, in milliseconds: a key revoked by another process lives on for this long at most. */
const believedMs = 4_000;
/** Most keys remembered at a time. Unknown ones are not: they would let a stranger push out the known. */
const mostRemembered = 10_000;

const operator: Operator = { kind: 'OPERATOR', id: 'operator' };

export interface Authenticator {
  /**
   * Who an `Authorization` header speaks for.
   *
   * @throws ApiError UNAUTHENTICATED, without telling a missing key from a revoked one
   */
  authenticate(authorization: string | undefined): Promise<Principal>;
  /** Stops believing what was read of a key. */
  forget(digest: Uint8Array): void;
}

interface Remembered {
  readonly principal: Promise<ApiKeyPrincipal | null>;
  readonly until: number;
}

/** @param operatorDigest - digest of the key of the installation's operator; null where there is none */
export function createAuthenticator(prisma: PrismaClient, operatorDigest: Uint8Array | null): Authenticator {
  const remembered = new Map<string, Remembered>();

  async function read(digest: Uint8Array<ArrayBuffer>): Promise<ApiKeyPrincipal | null> {
    const key = await prisma.apiKey.findUnique({
      where: { digest },
      select: { id: true, organizationId: true, projectId: true, role: true, permissions: true, revokedAt: true },
    });
    if (!key?.organizationId || key.revokedAt !== null) return null;
    const { id, organizationId, projectId, role } = key;
    const permissions = new Set(role === null ? key.permissions : rolePermissions[role]);
    return { kind: 'API_KEY', id, organizationId, projectId, role, permissions };
  }

  function lookUp(digest: Uint8Array<ArrayBuffer>): Promise<ApiKeyPrincipal | null> {
    const name = Buffer.from(digest).toString('latin1');
    const now = performance.now();
    const before = remembered.get(name);
    if (before && before.until > now) return before.principal;
    remembered.delete(name);
    const principal = read(digest);
    if (remembered.size >= mostRemembered) {
      const [oldest] = remembered.keys();
      if (oldest !== undefined) remembered.delete(oldest);
    }
    const entry = { principal, until: now + believedMs };
    remembered.set(name, entry);
    const drop = () => {
      if (remembered.get(name) === entry) remembered.delete(name);
    };
    principal.then((found) => found === null && drop(), drop);
    return principal;
  }

  return {
    async authenticate(authorization) {
      const key = /^Bearer +([!-~]{1,512})$/i.exec(authorization ?? '')?.[1];
      if (key === undefined) {
        throw new ApiError('UNAUTHENTICATED', 'Send your API key as "Authorization: Bearer <key>".');
      }
      const digest = digestOf(key);
      if (operatorDigest && timingSafeEqual(digest, operatorDigest)) return operator;
      const principal = await lookUp(digest);
      if (!principal) {
        throw new ApiError('UNAUTHENTICATED', 'This API key is not valid, or it was revoked: make a new one.');
      }
      return principal;
    },
    forget: (digest) => {
      remembered.delete(Buffer.from(digest).toString('latin1'));
    },
  };
}
