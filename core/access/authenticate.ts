import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../ground/errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { isAllowed } from './addressList.ts';
import { digestOf } from './digest.ts';
import { readApiKey, readPortalLink, readUser, type ValidCredential } from './granted.ts';
import { looksLikeJwt, type VerifyToken } from './jwt.ts';
import type { KeyUse } from './keyUse.ts';
import type { Granted, Operator, Origin, Principal } from './principal.ts';

/**
 * How long a credential is cached, in milliseconds. After another process revokes it or changes its permissions, this process
 * uses the old state for at most this long.
 */
const cacheMs = 4_000;
/** Credentials in the cache. Invalid ones are not cached: with those, an unauthenticated caller could evict the valid ones. */
const maxCached = 10_000;

const operator: Operator = { kind: 'OPERATOR', id: 'operator' };

export interface Authenticator {
  /**
   * The principal of an `Authorization` header.
   *
   * @param origin - absent where a credential is only checked again; then its address is not
   * @throws ApiError UNAUTHENTICATED, with the same message for an unknown and for a revoked credential, and for a key from an
   * address that it does not allow: whoever found it learns nothing. An expired one says so, because it opens nothing any more.
   */
  authenticate(authorization: string | undefined, origin?: Origin): Promise<Principal>;
  /** When a credential that is valid now ends by itself: milliseconds since 1970, or infinity. */
  endOf(authorization: string): Promise<number>;
  /** Whether an `Authorization` header was valid at its last look-up, which may be outdated. Makes no look-up itself. */
  isKnownCredential(authorization: string | undefined): boolean;
  /** Removes a credential from the cache. */
  forget(digest: Uint8Array): void;
  /** Removes all credentials of an organization from the cache. */
  forgetOrganization(organizationId: string): void;
  /** Removes a user's credentials from the cache. */
  forgetUser(userId: string): void;
}

interface CacheEntry {
  readonly found: Promise<ValidCredential | null>;
  readonly until: number;
  /** Null until the look-up has succeeded. */
  principal: Granted | null;
  /** Whether the last completed look-up found it valid. */
  known: boolean;
}

/**
 * @param operatorDigest - digest of the operator's key; null if there is none
 * @param verifyToken - checks users' tokens; null if the installation accepts none
 * @param keyUse - told of every use of a key
 */
export function createAuthenticator(
  prisma: PrismaClient,
  operatorDigest: Uint8Array | null,
  verifyToken: VerifyToken | null = null,
  keyUse: Pick<KeyUse, 'used' | 'refused'> = { used() {}, refused() {} },
): Authenticator {
  const cached = new Map<string, CacheEntry>();

  const isOperator = (digest: Uint8Array) => operatorDigest !== null && timingSafeEqual(digest, operatorDigest);

  function read(credential: string, digest: Uint8Array<ArrayBuffer>): Promise<ValidCredential | null> {
    if (credential.startsWith('ehp_')) return readPortalLink(prisma, digest);
    if (verifyToken && looksLikeJwt(credential)) return readUser(prisma, verifyToken, credential);
    return readApiKey(prisma, digest);
  }

  function lookUp(credential: string, digest: Uint8Array<ArrayBuffer>): Promise<ValidCredential | null> {
    const name = nameOf(digest);
    const now = performance.now();
    const before = cached.get(name);
    if (before && before.until > now) return before.found;
    cached.delete(name);
    const found = read(credential, digest);
    if (cached.size >= maxCached) {
      const [oldest] = cached.keys();
      if (oldest !== undefined) cached.delete(oldest);
    }
    const entry: CacheEntry = { found, until: now + cacheMs, principal: null, known: before?.known ?? false };
    cached.set(name, entry);
    const drop = () => {
      if (cached.get(name) === entry) cached.delete(name);
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

  /** Also removes look-ups under way, because they may have read the state before the change. */
  function forgetWhere(matches: (principal: Granted) => boolean): void {
    for (const [name, { principal }] of cached) {
      if (principal === null || matches(principal)) cached.delete(name);
    }
  }

  return {
    isKnownCredential(authorization) {
      const credential = credentialIn(authorization);
      if (credential === undefined) return false;
      const digest = digestOf(credential);
      return isOperator(digest) || cached.get(nameOf(digest))?.known === true;
    },
    async authenticate(authorization, origin) {
      const credential = credentialIn(authorization);
      if (credential === undefined) {
        throw new ApiError('UNAUTHENTICATED', 'Send your API key as "Authorization: Bearer <key>".');
      }
      const digest = digestOf(credential);
      if (isOperator(digest)) return from(operator, origin);
      const found = await lookUp(credential, digest);
      if (!found) throw notValid();
      const { principal, expiresAt, addresses } = found;
      if (expiresAt <= Date.now()) {
        if (principal.kind !== 'API_KEY') throw notValid();
        keyUse.refused(principal.id, origin?.address ?? null);
        const ended = new Date(expiresAt).toISOString();
        throw new ApiError('UNAUTHENTICATED', `This key expired at ${ended}: get a new one.`);
      }
      if (addresses.length > 0 && origin !== undefined && !isAllowed(origin.address, addresses)) {
        keyUse.refused(principal.id, origin.address);
        throw notValid();
      }
      if (principal.kind === 'API_KEY' && origin !== undefined) keyUse.used(principal.id);
      return from(principal, origin);
    },
    async endOf(authorization) {
      const credential = credentialIn(authorization) ?? '';
      const digest = digestOf(credential);
      if (isOperator(digest)) return Number.POSITIVE_INFINITY;
      return (await lookUp(credential, digest))?.expiresAt ?? 0;
    },
    forget: (digest) => {
      cached.delete(nameOf(digest));
    },
    forgetOrganization: (id) => forgetWhere(({ grants }) => grants.some(({ organizationId }) => organizationId === id)),
    forgetUser: (userId) => forgetWhere(({ kind, id }) => kind === 'USER' && id === userId),
  };
}

export const notValid = () =>
  new ApiError('UNAUTHENTICATED', 'This credential is not valid, has expired or was revoked: get a new one.');

const credentialIn = (authorization: string | undefined): string | undefined =>
  /^Bearer +([!-~]{1,4096})$/i.exec(authorization ?? '')?.[1];

const nameOf = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');

/** The cached principal is shared between requests, but the origin is each request's own. */
const from = <P extends Principal>(principal: P, origin: Origin | undefined): P =>
  origin === undefined ? principal : { ...principal, origin };
