import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UrlPolicy } from '../../../core/profiles/profile.ts';
import { checkUrl, sentUrl } from '../../../core/sender/url.ts';

const https: UrlPolicy = { schemes: ['https'] };
const none = { allowHttp: false, allowedPrivateRanges: [] };
const development = { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8', '::1/128'] };

describe('webhook URL', () => {
  it.each([
    'https://example.com',
    'https://example.com/hooks/1?token=a%20b',
    'HTTPS://Example.COM.:8443/',
    'https://bücher.example/é',
    'https://under_score.example.com/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]:444/x',
    `https://example.com/${'a'.repeat(2028)}`,
  ])('%s is accepted', (url) => {
    expect(checkUrl(url, https, none)).toBeNull();
  });

  it.each([
    ['https://user:secret@example.com/', /user name or password/],
    ['https://user@example.com/', /user name or password/],
    ['https://@example.com/', /user name or password/],
    ['https://example.com/#part', /fragment/],
    ['https://example.com/#', /fragment/],
    ['http://example.com/', /must begin with https:\/\//],
    ['ftp://example.com/', /must begin with https:\/\//],
    ['file:///etc/passwd', /must begin with https:\/\/|not an absolute URL/],
    ['javascript:alert(1)', /\/\/ and a host/],
    [`https://example.com/${'a'.repeat(2029)}`, /longer than 2,048/],
    ['', /not an absolute URL/],
    ['example.com/hook', /not an absolute URL/],
    ['https://', /not an absolute URL/],
    ['https:///example.com', /not an absolute URL/],
    ['https:example.com', /\/\/ and a host/],
    ['https:\\\\example.com', /backslash/],
    ['https://exa mple.com/', /white space/],
    ['https://exa\tmple.com/', /white space/],
    [' https://example.com/', /white space/],
    ['https://a..b/', /no valid host/],
    ['https://-a.example/', /no valid host/],
    [`https://${'a'.repeat(64)}.example/`, /no valid host/],
    [`https://${'a.'.repeat(127)}com/`, /no valid host/],
    ['https://exa%00mple.com/', /not an absolute URL/],
    ['https://example.com:99999/', /not an absolute URL/],
    ['https://example.com:0/', /port 0/],
    ['https://example.com/a/../b', /\/\.\.\//],
    ['https://example.com/a/%2e%2E/b', /\/\.\.\//],
    ['https://example.com/a/.%2e?x', /\/\.\.\//],
    ['https://example.com/./a', /\/\.\.\//],
    ['https://example.com/a/..', /\/\.\.\//],
    ['https://example.com/a?', /no query/],
    ['https://example.com?', /no query/],
    [`https://example.com/${'é'.repeat(500)}`, /%-encoded/],
  ])('%s is refused with its reason', (url, reason) => {
    expect(checkUrl(url, https, none)).toMatch(reason);
  });

  it.each([
    ...[
      'localhost',
      'LOCALHOST',
      'localhost.',
      'app.localhost',
      'localhost.localdomain',
      'localhost6',
      'ip6-localhost',
    ],
    ...[
      'ｌｏｃａｌｈｏｓｔ',
      '127.0.0.1',
      '127.1',
      '127.0.0.1.',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.01',
      '017700000001',
    ],
    ...['①②⑦.0.0.1', '0', '0.0.0.0', '[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...['[::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
    ...[
      '10.1.2.3',
      '192.168.1.1',
      '172.31.0.1',
      '169.254.169.254',
      '100.64.0.1',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '255.255.255.255',
    ],
  ])('with the host %s is refused: it is this machine or a private network', (host) => {
    expect(checkUrl(`https://${host}/hook`, https, none)).toMatch(/this machine|not on the public internet/);
    expect(checkUrl(`http://${host}:8080/hook`, { schemes: ['https', 'http'] }, none)).toMatch(
      /this machine|not on the public/,
    );
  });

  it('with a zone is no URL', () => {
    expect(checkUrl('https://[fe80::1%25eth0]/', https, none)).toMatch(/not an absolute URL/);
  });

  it('may be http and local where the operator lifts the rules, within the ranges named', () => {
    for (const url of ['http://localhost:3000/', 'http://127.0.0.1/', 'https://[::1]/', 'http://hooks.localhost/']) {
      expect(checkUrl(url, https, development), url).toBeNull();
    }
    expect(checkUrl('http://10.0.0.1/', https, development)).toMatch(/not on the public internet/);
    expect(checkUrl('http://localhost/', https, { ...development, allowHttp: false })).toMatch(/must begin with https/);
    expect(checkUrl('http://localhost/', https, { allowHttp: true, allowedPrivateRanges: ['10.0.0.0/8'] })).toMatch(
      /this machine/,
    );
  });

  it('keeps to the one host of a system that has one, not to what looks like it', () => {
    const slack: UrlPolicy = { schemes: ['https'], host: 'hooks.slack.com' };
    const check = (host: string) => checkUrl(`https://${host}/services/T/B/x`, slack, none);
    expect([check('hooks.slack.com'), check('HOOKS.slack.com.')]).toEqual([null, null]);
    for (const host of ['hooks.slack.com.evil.example', 'evil-hooks.slack.com', 'slack.com', 'hooks.slack.com:8443']) {
      expect(check(host), host).toMatch(/https:\/\/hooks\.slack\.com\//);
    }
    expect(checkUrl('http://127.0.0.1:9/services', slack, development), 'a stand-in in development').toBeNull();
  });

  it('is never accepted when it leads to a loopback or private IPv4 address, however that is written', () => {
    const part = (value: number) => fc.constantFrom(`${value}`, `0x${value.toString(16)}`, `0${value.toString(8)}`);
    const address = fc
      .tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255))
      .chain(([a, b, c, d]) =>
        fc.oneof(
          fc.tuple(part(a), part(b), part(c), part(d)),
          fc.tuple(part(a), part(b * 65536 + c * 256 + d)),
          fc.tuple(part(((a * 256 + b) * 256 + c) * 256 + d)),
        ),
      );
    fc.assert(
      fc.property(address, fc.boolean(), (parts, dot) => {
        expect(checkUrl(`https://${parts.join('.')}${dot ? '.' : ''}/`, https, none)).not.toBeNull();
      }),
    );
  });

  it.each([
    ['https://example.com', 'https://example.com/'],
    ['https://example.com?a=1', 'https://example.com/?a=1'],
    ['HTTPS://Example.COM:443/A', 'https://example.com/A'],
    ['https://bücher.example/é?ü', 'https://xn--bcher-kva.example/%C3%A9?%C3%BC'],
    ['https://example.com/a..b/...?q=/../', 'https://example.com/a..b/...?q=/../'],
    ['https://example.com/%2f%7e/', 'https://example.com/%2f%7e/'],
  ])('%s is kept as %s, which is what is sent', (written, sent) => {
    expect([checkUrl(written, https, none), sentUrl(written)]).toEqual([null, sent]);
  });

  it('that is taken leaves as it is kept, path and query to the letter, but for what must be encoded', () => {
    const piece = fc.constantFrom(
      'a',
      '/',
      '.',
      '..',
      '%2e',
      '?',
      '&',
      '=',
      '%',
      '%zz',
      ':',
      ';',
      '~',
      '|',
      '^',
      '"',
      'é',
      "'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const url = `https://example.com/${pieces.join('')}`;
        if (checkUrl(url, https, none) !== null) return;
        const sent = sentUrl(url);
        const { origin, pathname, search } = new URL(sent);
        expect(origin + pathname + search).toBe(sent);
        expect(sentUrl(sent)).toBe(sent);
        const decoded = (text: string) => text.replace(/%(22|27|5E|7C|C3%A9)/g, (code) => decodeURIComponent(code));
        expect(decoded(sent)).toBe(url);
      }),
    );
  });
});
