import { describe, expect, it } from 'vitest';
import { profileOf, profiles } from '../../../core/profiles/registry.ts';

const seconds = (milliseconds: readonly number[]) => milliseconds.map((delay) => delay / 1000);
const codes = [199, 200, 201, 202, 204, 299, 300, 301, 304, 400, 404, 410, 429, 500, 503];
const any2xx = [200, 201, 202, 204, 299];

/** One row of the contracts' table a profile. */
const rows = {
  STANDARD: {
    success: any2xx,
    retries: [5, 300, 1800, 7200, 18_000, 36_000, 36_000],
    jitter: 0.1,
    timeout: 15,
    retryAfter: true,
    health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAfterMs: 432_000_000, disabledOnCodes: [410] },
    rotation: 'TWO_SECRETS',
    url: { schemes: ['https'] },
    ping: false,
  },
  PLANE: {
    success: [200],
    retries: [600, 1200, 2400],
    jitter: 0,
    timeout: 30,
    retryAfter: false,
    health: { kind: 'BADGE_ONLY' },
    rotation: 'CUTOVER',
    url: { schemes: ['https', 'http'] },
    ping: false,
  },
  ONPLANA: {
    success: any2xx,
    retries: [30, 60, 120, 240, 480, 960, 1920, 3840],
    jitter: 0.1,
    timeout: 10,
    retryAfter: false,
    health: { kind: 'BADGE_ONLY' },
    rotation: 'REFUSED',
    url: { schemes: ['https'] },
    ping: true,
  },
  PLANE_CONNECTION: {
    success: any2xx,
    retries: [60, 300, 1800, 7200],
    jitter: 0,
    timeout: 10,
    retryAfter: false,
    health: { kind: 'BADGE_ONLY' },
    rotation: 'CUTOVER',
    url: { schemes: ['https'] },
    ping: false,
  },
  TASKS: {
    success: any2xx,
    retries: [60, 300, 1800],
    jitter: 0,
    timeout: 10,
    retryAfter: false,
    health: { kind: 'EXHAUSTED_DELIVERY' },
    rotation: 'CUTOVER',
    url: { schemes: ['https'] },
    ping: false,
  },
  TESTPLANIT: {
    success: any2xx,
    retries: [60, 300, 1800, 7200],
    jitter: 0,
    timeout: 10,
    retryAfter: false,
    health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAt: 10 },
    rotation: 'TWO_SECRETS',
    url: { schemes: ['https'] },
    ping: false,
  },
  SLACK: {
    success: any2xx,
    retries: [60, 300, 1800, 7200],
    jitter: 0,
    timeout: 10,
    retryAfter: false,
    health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAt: 10 },
    rotation: 'REFUSED',
    url: { schemes: ['https'], host: 'hooks.slack.com', credential: true },
    ping: false,
  },
} as const;

describe('the contract', () => {
  it('is there for every system', () => {
    expect(profiles.map(({ name }) => name).sort()).toEqual(Object.keys(rows).sort());
  });

  describe.each(profiles)('of $name', (profile) => {
    const row = rows[profile.name];

    it(`counts ${row.success.length === 1 ? 'only 200' : 'any 2xx'} as success`, () => {
      expect(codes.filter(profile.isSuccess)).toEqual(row.success);
    });

    it(`retries after ${row.retries.join(', ')} s with ±${row.jitter * 100} %`, () => {
      expect({ retries: seconds(profile.scheduleMs), jitter: profile.jitter }).toEqual({
        retries: row.retries,
        jitter: row.jitter,
      });
    });

    it(`gives up an exchange after ${row.timeout} s and ${row.retryAfter ? 'honours' : 'records'} Retry-After`, () => {
      expect([profile.timeoutMs, profile.honoursRetryAfter]).toEqual([row.timeout * 1000, row.retryAfter]);
    });

    it(`has the health policy ${row.health.kind}`, () => {
      expect(profile.health).toMatchObject(row.health);
    });

    it(`has the rotation ${row.rotation}, its URL rule, and ${row.ping ? 'a' : 'no'} ping after create`, () => {
      expect({ rotation: profile.rotation, url: profile.url, ping: profile.pingOnCreate }).toEqual({
        rotation: row.rotation,
        url: row.url,
        ping: row.ping,
      });
    });
  });

  it.each(['PLANE_CONNECTION', 'TASKS'] as const)(
    "of %s takes the caller's own secret of 16 to 256 characters",
    (name) => {
      const check = profileOf(name).secret?.check as (secret: string) => string | null;
      expect(['s'.repeat(16), 'é'.repeat(256), '🔑'.repeat(10)].map(check)).toEqual([null, null, null]);
      for (const bad of ['', 's'.repeat(15), 's'.repeat(257), `${'s'.repeat(20)}\ud800`])
        expect(check(bad)).not.toBeNull();
    },
  );

  it.each(['PLANE', 'ONPLANA', 'TESTPLANIT'] as const)('of %s makes its secrets itself', (name) => {
    expect(profileOf(name).secret).toMatchObject({ generate: expect.any(Function) });
    expect(profileOf(name).secret?.check).toBeUndefined();
  });

  it('of SLACK has no secret: the URL is the credential', () => {
    expect(profileOf('SLACK').secret).toBeNull();
  });
});
