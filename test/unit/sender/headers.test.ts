import { describe, expect, it } from 'vitest';
import { checkHeader } from '../../../core/sender/headers.ts';
import { parseRetryAfter } from '../../../core/sender/retryAfter.ts';

describe("a webhook's own header", () => {
  const owned = ['webhook-id'];

  it.each([
    ['Authorization', 'Bearer abc'],
    ['x-tenant', 'a\tb c'],
    ['X', '1'],
  ])('%s: %j is accepted', (name, value) => {
    expect(checkHeader(name, value, owned)).toBeNull();
  });

  it.each([
    'Host',
    'content-length',
    'Content-Type',
    'TRANSFER-ENCODING',
    'connection',
    'Expect',
    'User-Agent',
    'Upgrade',
  ])('%s is refused: HTTP owns it', (name) => {
    expect(checkHeader(name, 'x', owned)).toMatch(/belongs to HTTP/);
  });

  it("of the profile's is refused in any spelling", () => {
    expect(checkHeader('Webhook-ID', 'x', owned)).toMatch(/belongs to the webhook's profile/);
  });

  it.each(['', 'a b', 'a:b', 'é', 'a\r\nb', 'x'.repeat(257)])('name %j is refused', (name) => {
    expect(checkHeader(name, 'x', owned)).toMatch(/A header name is/);
  });

  it.each(['', ' x', 'x ', 'se\r\ncret: 1', 'se\0cret', 'sécret', 'secret'.repeat(800)])(
    'value %j is refused, unquoted',
    (value) => {
      const reason = checkHeader('x-own', value, owned);
      expect(reason).toMatch(/value of x-own/);
      expect(reason).not.toMatch(/s.cret/);
    },
  );
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['99999999999999999999', 604_800_000],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 604_800_000],
  ])('%j is %d ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  it.each(['', '-1', '1.5', 'soon', '2026-01-01T00:01:00Z', 'Thu, 99 Foo 2026 00:01:00 GMT', '12 13'])(
    '%j is none',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeNull();
    },
  );
});
