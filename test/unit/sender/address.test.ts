import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressPolicy, isGlobalAddress, parseRanges } from '../../../core/sender/address.ts';

/** First and last address of every block in IANA's special-purpose registries, and what lies around them. */
const special = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['168.63.129.16'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.8', '192.0.0.170', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.254', '255.255.255.255'],
  ['::', '::1', '::2', '::ffff'],
  ['64:ff9b::', '64:ff9b::ffff:ffff', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::', '100::ffff:ffff:ffff:ffff', '100:0:0:1::'],
  [
    '2001::',
    '2001:0:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:2::',
    '2001:3::',
    '2001:4:112::',
    '2001:10::',
    '2001:20::',
    '2001:30::',
  ],
  ['2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '4000::', '5f00::'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::', 'febf::', 'fec0::', 'feff::', 'ff00::', 'ff02::1'],
].flat();

const global = [
  ...['168.63.129.15', '168.63.129.17'],
  ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255'],
  ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255'],
  ...[
    '2000::1',
    '2001:200::',
    '2001:db7::',
    '2001:db9::',
    '2003::',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
    '3ffe::1',
  ],
];

describe('global address', () => {
  it.each(special)('%s is none', (address) => {
    expect(isGlobalAddress(address)).toBe(false);
  });

  it.each(global)('%s is one', (address) => {
    expect(isGlobalAddress(address)).toBe(true);
  });

  it.each([
    '',
    'example.com',
    '1.1.1',
    '0x1.1.1.1',
    '01.1.1.1',
    '16843009',
    '2606:4700::1111%eth0',
    'fe80::1%1',
    '[::1]',
    '1.1.1.1 ',
  ])('%j is none: not an address in its standard form, or bound to an interface', (address) => {
    expect(isGlobalAddress(address)).toBe(false);
  });

  it('is never an IPv6 address with an IPv4 address in it, in any of the forms that carry one', () => {
    const hex = (bytes: number[], at: number) =>
      (((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16);
    const embeddings: ((a: number[]) => string)[] = [
      (a) => `::${a.join('.')}`,
      (a) => `::ffff:${a.join('.')}`,
      (a) => `::ffff:${hex(a, 0)}:${hex(a, 2)}`,
      (a) => `0:0:0:0:0:FFFF:${hex(a, 0)}:${hex(a, 2)}`,
      (a) => `::ffff:0:${a.join('.')}`,
      (a) => `64:ff9b::${a.join('.')}`,
      (a) => `64:ff9b:1::${a.join('.')}`,
      (a) => `64:ff9b:1:${hex(a, 0)}:0:${hex(a, 2)}::`,
      (a) => `2002:${hex(a, 0)}:${hex(a, 2)}::1`,
      (a) => `2001:0:${hex(a, 0)}:${hex(a, 2)}::1`,
      (a) =>
        `2001:0:4136:e378:8000:63bf:${hex(
          a.map((byte) => byte ^ 255),
          0,
        )}:${hex(
          a.map((byte) => byte ^ 255),
          2,
        )}`,
      (a) => `2a01:4f8::5efe:${a.join('.')}`,
      (a) => `2a01:4f8::200:5efe:${a.join('.')}`,
      (a) => `fe80::5efe:${a.join('.')}`,
    ];
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.constantFrom(...embeddings), (bytes, embed) => {
        expect(isGlobalAddress(embed(bytes)), embed(bytes)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('address policy', () => {
  it('opens the ranges it is given, and nothing beside them', () => {
    const policy = addressPolicy(['127.0.0.0/8', ' fd00::/8']);
    expect(['127.0.0.1', '127.255.255.255', 'fd12::1', '1.1.1.1'].every(policy.allows)).toBe(true);
    expect(
      ['128.0.0.1', '::ffff:127.0.0.1', '10.0.0.1', '::1', 'fc00::1', '127.1', 'fd12::1%lo'].filter(policy.allows),
    ).toEqual(['128.0.0.1']);
  });

  it.each(['127.0.0.1', '10.0.0.0/33', 'localhost/8', '', '10.0.0/8x'])('refuses the range %j by name', (range) => {
    expect(() => parseRanges(['10.0.0.0/8', range])).toThrow(`"${range}" is not an address block`);
  });
});
