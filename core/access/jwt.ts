import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { ApiError } from '../ground/errors.ts';
import { createJwks } from './jwks.ts';
import { isUserId } from './userId.ts';

/** Rules for users' tokens. */
export interface TokenRules {
  /** A key set that an identity provider publishes, or a secret shared with it. */
  readonly keys: { readonly jwksUrl: string } | { readonly secret: string };
  /** The `iss` and `aud` that tokens must have; null accepts any. */
  readonly issuer: string | null;
  readonly audience: string | null;
  /** Asymmetric algorithms with a key set, HMAC with a secret. */
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  /** Whether a `sub` would be taken for somebody of another issuer; such a token is refused. @default none would */
  readonly isTaken?: ((sub: string) => boolean) | undefined;
}

/** A valid token's user, and its expiry. */
export interface VerifiedToken {
  readonly userId: string;
  /** Milliseconds since 1970, including the clock tolerance. */
  readonly expiresAt: number;
}

/** @throws ApiError UNAUTHENTICATED, or UNAVAILABLE if the provider's keys cannot be fetched */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/** Whether a credential has the form of a signed JWT. */
export const looksLikeJwt = (credential: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(credential);

/**
 * Checks users' tokens with the keys that an identity provider publishes, or with a secret shared with it.
 *
 * Only the configured algorithms are accepted, whatever a token says: never `none`, and never an HMAC keyed with a public
 * key, because a key set goes with asymmetric algorithms alone and a secret with HMAC alone (RFC 8725, 3.1 and 3.2).
 *
 * @param fetchKeys - gets the key set, in place of the platform's `fetch`
 */
export function createTokenVerifier(rules: TokenRules, log: Logger, fetchKeys?: typeof fetch): VerifyToken {
  const options: JWTVerifyOptions = {
    algorithms: [...rules.algorithms],
    clockTolerance: rules.clockToleranceSeconds,
    requiredClaims: ['sub', 'exp'],
    ...(rules.issuer === null ? {} : { issuer: rules.issuer }),
    ...(rules.audience === null ? {} : { audience: rules.audience }),
  };
  const secret = 'secret' in rules.keys ? new TextEncoder().encode(rules.keys.secret) : null;
  const keys: JWTVerifyGetKey =
    'jwksUrl' in rules.keys
      ? createJwks({ url: rules.keys.jwksUrl, log, ...(fetchKeys ? { fetch: fetchKeys } : {}) })
      : async () => secret as Uint8Array;

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, options);
      const { sub, exp } = payload;
      if (!isUserId(sub) || typeof exp !== 'number' || rules.isTaken?.(sub)) throw invalidToken;
      return { userId: sub, expiresAt: (exp + rules.clockToleranceSeconds) * 1_000 };
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (error instanceof errors.JWTExpired) {
        throw new ApiError('UNAUTHENTICATED', 'This token has expired: sign in again.');
      }
      // One message for all other causes: a forger must not learn from it.
      throw invalidToken;
    }
  };
}

const invalidToken = new ApiError(
  'UNAUTHENTICATED',
  'This token is not valid here: sign in again with the identity provider of this installation.',
);
