import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../ground/errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { digestOf } from './digest.ts';
import { type Found, readApiKey, readPortalLink, readUser } from './granted.ts';
import { looksLikeJwt, type VerifyToken } from './jwt.ts';
import type { Granted, Operator, Origin, Principal } from './principal.ts';

/**
 * How long what was read of a credential is believed, in milliseconds: one that another process revoked, or whose
 * permissions it changed, lives on for this long at most.
 */
const believedMs = 4_000;
/** Most credentials remembered at a time. Unknown ones are not: they would let a stranger push out the known. */
const mostRemembered = 10_000;

const operator: Operator = { kind: 'OPERATOR', id: 'operator' };

export interface Authenticator {
  /**
   * Who an `Authorization` header speaks for.
   *
   * @throws ApiError UNAUTHENTICATED, without telling a missing credential from a revoked one
   */
  authenticate(authorization: string | undefined, origin?: Origin): Promise<Principal>;
  /** Whether an `Authorization` header was found to be somebody's lately, without looking it up. It may not be any more. */
  isKnownCredential(authorization: string | undefined): boolean;
  /** Stops believing what was read of a credential. */
  forget(digest: Uint8Array): void;
  /** Stops believing what was read of everybody in an organization. */
  forgetOrganization(organizationId: string): void;
  /** Stops believing what was read of a user. */
  forgetUser(userId: string): void;
}

interface Remembered {
  readonly found: Promise<Found | null>;
  readonly until: number;
  /** Set once it is known. */
  principal: Granted | null;
  /** Whether it was somebody's when it was last looked up. */
  known: boolean;
}

/**
 * @param operatorDigest - digest of the key of the installation's operator; null where there is none
 * @param verifyToken - checks users' tokens; null where users cannot come with one
 */
export function createAuthenticator(
  prisma: PrismaClient,
  operatorDigest: Uint8Array | null,
  verifyToken: VerifyToken | null = null,
): Authenticator {
  const remembered = new Map<string, Remembered>();

  const isOperator = (digest: Uint8Array) => operatorDigest !== null && timingSafeEqual(digest, operatorDigest);

  function read(credential: string, digest: Uint8Array<ArrayBuffer>): Promise<Found | null> {
    if (credential.startsWith('ehp_')) return readPortalLink(prisma, digest);
    if (verifyToken && looksLikeJwt(credential)) return readUser(prisma, verifyToken, credential);
    return readApiKey(prisma, digest);
  }

  function lookUp(credential: string, digest: Uint8Array<ArrayBuffer>): Promise<Found | null> {
    const name = nameOf(digest);
    const now = performance.now();
    const before = remembered.get(name);
    if (before && before.until > now) return before.found;
    remembered.delete(name);
    const found = read(credential, digest);
    if (remembered.size >= mostRemembered) {
      const [oldest] = remembered.keys();
      if (oldest !== undefined) remembered.delete(oldest);
    }
    const entry: Remembered = { found, until: now + believedMs, principal: null, known: before?.known ?? false };
    remembered.set(name, entry);
    const drop = () => {
      if (remembered.get(name) === entry) remembered.delete(name);
    };
    found.then((known) => {
      if (known === null) drop();
      else {
        entry.principal = known.principal;
        entry.known = true;
      }
    }, drop);
    return found;
  }

  /** What is still being read may have been read before the change, so that is forgotten, too. */
  function forgetWhere(concerns: (principal: Granted) => boolean): void {
    for (const [name, { principal }] of remembered) {
      if (principal === null || concerns(principal)) remembered.delete(name);
    }
  }

  return {
    isKnownCredential(authorization) {
      const credential = credentialIn(authorization);
      if (credential === undefined) return false;
      const digest = digestOf(credential);
      return isOperator(digest) || remembered.get(nameOf(digest))?.known === true;
    },
    async authenticate(authorization, origin) {
      const credential = credentialIn(authorization);
      if (credential === undefined) {
        throw new ApiError('UNAUTHENTICATED', 'Send your API key as "Authorization: Bearer <key>".');
      }
      const digest = digestOf(credential);
      if (isOperator(digest)) return from(operator, origin);
      const found = await lookUp(credential, digest);
      if (!found || found.expiresAt <= Date.now()) {
        throw new ApiError(
          'UNAUTHENTICATED',
          'This credential is not valid, has expired or was revoked: get a new one.',
        );
      }
      return from(found.principal, origin);
    },
    forget: (digest) => {
      remembered.delete(nameOf(digest));
    },
    forgetOrganization: (id) => forgetWhere(({ grants }) => grants.some(({ organizationId }) => organizationId === id)),
    forgetUser: (userId) => forgetWhere(({ kind, id }) => kind === 'USER' && id === userId),
  };
}

const credentialIn = (authorization: string | undefined): string | undefined =>
  /^Bearer +([!-~]{1,4096})$/i.exec(authorization ?? '')?.[1];

const nameOf = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');

/** What is remembered is shared between requests; where each came from is its own. */
const from = <P extends Principal>(principal: P, origin: Origin | undefined): P =>
  origin === undefined ? principal : { ...principal, origin };
