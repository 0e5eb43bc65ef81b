import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientOf, createOriginOf } from '../../../server/http/origin.ts';

const from = (trusted: string[], remoteAddress: string, forwarded?: string | string[]) =>
  createOriginOf(trusted)({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage).address;

describe('the address of a request', () => {
  it('is the connection’s, whatever a header says', () => {
    expect(from([], '198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
    expect(from(['10.0.0.0/8'], '198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  });

  it('is the one that a trusted proxy saw', () => {
    expect(from(['10.0.0.0/8'], '10.0.0.2', '203.0.113.9')).toBe('203.0.113.9');
    expect(from(['10.0.0.0/8'], '::ffff:10.0.0.2', '203.0.113.9')).toBe('203.0.113.9');
    expect(from(['fd00::/8'], 'fd00::1', '2001:db8::9')).toBe('2001:db8::9');
  });

  it('is the one that the outermost trusted proxy saw, not one that the client wrote before it', () => {
    expect(from(['10.0.0.0/8'], '10.0.0.2', '192.0.2.1, 203.0.113.9, 10.0.0.3')).toBe('203.0.113.9');
    expect(from(['10.0.0.0/8'], '10.0.0.2', ['192.0.2.1', '203.0.113.9'])).toBe('203.0.113.9');
  });

  it('is the last proxy’s own when the header has no readable address before it', () => {
    for (const forwarded of [undefined, '', 'unknown', '203.0.113.9, <script>']) {
      expect(from(['10.0.0.0/8'], '10.0.0.2', forwarded)).toBe('10.0.0.2');
    }
    expect(from(['10.0.0.0/8'], '10.0.0.2', '10.0.0.9')).toBe('10.0.0.9');
  });
});

describe('the client that limits by address count', () => {
  const client = (address: string | null) => clientOf({ address, userAgent: null });

  it('is one IPv4 address, or a whole IPv6 /64', () => {
    expect(client('192.0.2.1')).not.toBe(client('192.0.2.2'));
    expect(client('2001:db8:1:2::1')).toBe(client('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    expect(client('2001:db8:1:2::1')).not.toBe(client('2001:db8:1:3::1'));
    expect(client(from([], '::ffff:192.0.2.1'))).toBe(client('192.0.2.1'));
    expect(client('fe80::1%eth0')).toBe(client('fe80::2'));
    expect(client(null)).toBe('unknown');
  });
});
