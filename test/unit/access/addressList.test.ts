import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areWithin, checkAddresses, isAllowed } from '../../../core/access/addressList.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

describe('the addresses of a key', () => {
  it('are kept in one form, which is taken again unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(ipv4, fc.nat(32)), fc.tuple(ipv6, fc.nat(128))), ([address, bits]) => {
        const given = address.includes('%') ? '::1' : address;
        // Mapped to IPv4, and forms with dots, which are IPv4 in an old way.
        fc.pre(!/ffff:|:.*\./i.test(given));
        const [kept = ''] = checkAddresses([`${given}/${bits}`], 'x');
        expect(checkAddresses([kept], 'x')).toEqual([kept]);
        expect(isAllowed(given, [kept])).toBe(true);
        expect(areWithin([kept], [kept])).toBe(true);
      }),
    );
  });

  it('allow an IPv4 address in its IPv6 form, and only there', () => {
    fc.assert(
      fc.property(ipv4, ipv4, (one, other) => {
        const blocks = checkAddresses([`::ffff:${one}`], 'x');
        expect(blocks).toEqual([`${one}/32`]);
        expect(isAllowed(`::ffff:${one}`, blocks)).toBe(true);
        expect(isAllowed(other, blocks)).toBe(one === other);
      }),
    );
  });

  it('of a block hold what lies in it, and nothing wider', () => {
    fc.assert(
      fc.property(ipv4, fc.nat(32), fc.nat(32), (address, bits, fewer) => {
        const [block = ''] = checkAddresses([`${address}/${bits}`], 'x');
        const [around = ''] = checkAddresses([`${address}/${fewer}`], 'x');
        expect(areWithin([block], [around])).toBe(fewer <= bits);
      }),
    );
    expect(isAllowed('10.0.0.1', ['::/0'])).toBe(false);
    expect(isAllowed('::1', ['0.0.0.0/0'])).toBe(false);
    expect(isAllowed(null, ['0.0.0.0/0'])).toBe(false);
  });

  it.each([
    '',
    'localhost',
    '10.1',
    '010.0.0.1',
    '10.0.0.0/33',
    '::/129',
    '::ffff:10.0.0.0/90',
    '10.0.0.1/',
    '0x7f000001',
  ])('are not “%s”', (text) => {
    expect(() => checkAddresses([text], 'input.allowedAddresses')).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', field: 'input.allowedAddresses[0]' }),
    );
  });
});
