import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EverhookError, NetworkError, RateLimitedError, UnavailableError } from '../../src/errors.ts';
import { type Repeatable, withRetries } from '../../src/http/retry.ts';

/** Of a balancer whose servers are all away: it says nothing of when they come back. */
const ofBalancer = (status = 503) => new UnavailableError('No.', { status });
const ofServer = () => new UnavailableError('No.', { retryAfter: 1 });
const broken = () => new NetworkError('No.');
const limited = () => new RateLimitedError('No.', { retryAfter: 1 });

describe('a call while what it needs is away', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** @param failureAt - by the seconds since the call began; null: it succeeds */
  async function called(failureAt: (seconds: number) => EverhookError | null, repeatable: Repeatable = 'always') {
    const beganAt = performance.now();
    const seconds = () => (performance.now() - beganAt) / 1000;
    let tries = 0;
    const attempt = async () => {
      tries++;
      const failure = failureAt(seconds());
      if (failure) throw failure;
      return 'done';
    };
    const calling = withRetries(attempt, { retries: 5, repeatable, signal: undefined });
    const ending = calling.then(
      (outcome) => ({ outcome, tries, seconds: seconds() }),
      (error: unknown) => ({ outcome: error, tries, seconds: seconds() }),
    );
    await vi.runAllTimersAsync();
    return ending;
  }

  it.each([
    ['a balancer answers 503 without a time to retry', () => ofBalancer()],
    ['a balancer answers 502', () => ofBalancer(502)],
    [
      'the server says when to retry until it leaves the balancer',
      (at: number) => (at < 8 ? ofServer() : ofBalancer()),
    ],
    ['connections are refused once the server has left', (at: number) => (at < 8 ? ofServer() : broken())],
  ])('rides out 20 s in which %s', async (_, failure) => {
    const { outcome, seconds } = await called((at) => (at < 20 ? failure(at) : null));
    expect(outcome).toBe('done');
    expect(seconds).toBeLessThan(20 + 4.1);
  });

  it.each([
    ['a limit of calls', limited],
    ['a broken connection', broken],
    ['a late answer', () => new EverhookError('TIMEOUT', 'No.')],
  ])('still has its retries for %s after an outage of any length', async (_, failure) => {
    let left = 5;
    const { outcome } = await called((at) => (at < 30 ? ofServer() : left-- > 0 ? failure() : null));
    expect(outcome).toBe('done');
  });

  it('is given up after a minute and its retries', async () => {
    const { outcome, seconds } = await called(() => ofBalancer());
    expect(outcome).toMatchObject({ name: 'UnavailableError', status: 503 });
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(75);
  });

  it('is given up after its retries where the server gives no time to retry: it does not pass by itself', async () => {
    const { outcome, tries } = await called(() => new UnavailableError('A key is missing.', { status: 200 }));
    expect(outcome).toMatchObject({ name: 'UnavailableError' });
    expect(tries).toBe(6);
  });

  it('is given up after its retries where nobody ever answered: the address may be wrong', async () => {
    const { outcome, tries, seconds } = await called(broken);
    expect(outcome).toMatchObject({ name: 'NetworkError' });
    expect(tries).toBe(6);
    expect(seconds).toBeLessThan(7);
  });

  it.each([
    ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].map((code) => [code, 6] as const),
    ...['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'EHOSTUNREACH'].map((code) => [code, 1] as const),
  ])('that may not be carried out twice is repeated only where it was never sent: %s', async (code, expected) => {
    const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('No.'), { code }) });
    const { outcome, tries } = await called(() => new NetworkError('No.', { cause }), 'if refused');
    expect(outcome).toMatchObject({ name: 'NetworkError' });
    expect(tries).toBe(expected);
  });

  it.each([502, 503, 504])('is not repeated after a balancer’s %i if it may have been carried out', async (status) => {
    const { outcome, tries } = await called(() => ofBalancer(status), 'if refused');
    expect(outcome).toMatchObject({ status });
    expect(tries).toBe(1);
  });
});
