import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Principal } from '../../core/access/principal.ts';
import { SharedRates } from '../../core/fairness/sharedRates.ts';
import { ApiError } from '../../core/ground/errors.ts';

/** Failed authentications that one address may make in a minute. */
const failuresAMinute = 60;
/** Steps of signing in by an issuer that one address may take in a minute: two for each person of an office behind it. */
const signInsAMinute = 300;
/** Unknown credentials that an address past that limit may still have looked up in a second. */
const lookupsPerSecond = 10;

/** Checking this many characters of a document costs as much as one operation. */
const charactersAPoint = 64;

const tooManyFailures = 'Too many attempts with invalid keys.';

export interface RateLimits {
  /** Counts one operation of a principal. @throws ApiError RATE_LIMITED */
  operation(principal: Principal): Promise<void>;
  /** Counts a message of a principal that is no operation: a sign of life on a socket. @throws ApiError RATE_LIMITED */
  message(principal: Principal): Promise<void>;
  /** Counts a document that must be checked, beside its operation: by its length, at most a tenth of a second's operations. */
  document(principal: Principal, characters: number): Promise<void>;
  /**
   * Counts one request of a tracker.
   *
   * @param tenant - the organization whose inbound webhook it is for
   * @param holder - the webhook; one alone gets three quarters of what its organization may have
   * @throws ApiError RATE_LIMITED
   */
  inbound(tenant: string, holder?: string): Promise<void>;
  /**
   * Admits a credential to be looked up. From an address that fails too often, only a few unknown credentials are
   * looked up: another client there may have a new one.
   *
   * @throws ApiError RATE_LIMITED
   */
  admitCredential(address: string, isKnown: () => boolean): Promise<void>;
  /** Counts a browser that begins to sign in by an issuer, or comes back. @throws ApiError RATE_LIMITED */
  signIn(address: string): Promise<void>;
  /** Counts one failed attempt to authenticate. @throws ApiError RATE_LIMITED */
  failure(address: string): Promise<void>;
}

/** Limits of this process alone. Several processes behind a balancer allow several times as much. */
export function createRateLimits(ratePerSecond: number): RateLimits {
  const operations = new RateLimiterMemory({ points: ratePerSecond, duration: 1 });
  const messages = new RateLimiterMemory({ points: ratePerSecond, duration: 1 });
  const reports = new SharedRates(ratePerSecond);
  const lookups = new RateLimiterMemory({ points: lookupsPerSecond, duration: 1 });
  const signIns = new RateLimiterMemory({ points: signInsAMinute, duration: 60 });
  const failures = new RateLimiterMemory({ points: failuresAMinute, duration: 60 });

  const tooManyReports = `At most ${ratePerSecond} requests a second are received for an organization, and at most three quarters of that for one webhook. Try again in 1 s.`;

  async function consume(limiter: RateLimiterMemory, key: string, what: string, points = 1): Promise<void> {
    try {
      await limiter.consume(key, points);
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      const seconds = Math.max(1, Math.ceil(rejection.msBeforeNext / 1_000));
      throw new ApiError('RATE_LIMITED', `${what} Try again in ${seconds} s.`, undefined, seconds);
    }
  }

  return {
    operation: ({ kind, id }) =>
      consume(operations, `${kind} ${id}`, `At most ${ratePerSecond} operations a second are served.`),
    message: ({ kind, id }) =>
      consume(messages, `${kind} ${id}`, `At most ${ratePerSecond} messages a second are taken.`),
    document: ({ kind, id }, characters) =>
      consume(
        operations,
        `${kind} ${id}`,
        'Too many long documents that are new here: send values as variables, so that the document stays the same.',
        Math.ceil(Math.min(characters / charactersAPoint, ratePerSecond / 10)),
      ),
    async inbound(tenant, holder = tenant) {
      if (reports.take(tenant, holder)) return;
      throw new ApiError('RATE_LIMITED', tooManyReports, undefined, 1);
    },
    async admitCredential(address, isKnown) {
      const failed = await failures.get(address);
      if (failed === null || failed.consumedPoints < failuresAMinute || isKnown()) return;
      await consume(lookups, address, tooManyFailures);
    },
    signIn: (address) => consume(signIns, address, 'Too many sign-ins.'),
    failure: (address) => consume(failures, address, tooManyFailures),
  };
}
