import { isIP } from 'node:net';
import type { UrlPolicy } from '../profiles/profile.ts';
import { addressPolicy } from './address.ts';

/** The URL rules that an operator switches off for development. */
export interface UrlExemptions {
  readonly allowHttp: boolean;
  /** CIDR blocks of private addresses that are allowed nevertheless. */
  readonly allowedPrivateRanges: readonly string[];
}

/** In characters, for the URL as it is written and as it is sent. */
const maxLength = 2048;
/** Path segments that would not be sent as written, in every spelling. */
const dotSegment = /\/(\.|%2e){1,2}(?=\/|$)/i;
const loopback = ['127.0.0.1', '::1'];
/** Names of this machine, by RFC 6761 or by common hosts files. */
const localhost = /(^|\.)localhost$|^localhost\.localdomain$|^localhost[46]$|^ip6-(localhost|loopback)$/;
const hostLabel = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Says why a webhook cannot have this URL, or null if it can. A name that resolves to a private address is only found when it
 * is dialled.
 */
export function checkUrl(url: string, policy: UrlPolicy, urlExemptions: UrlExemptions): string | null {
  if (url.length > maxLength) return `The URL is longer than ${maxLength.toLocaleString('en')} characters.`;
  // The WHATWG parser would repair all of this silently, and the stored URL would not be the intended one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
  if (/[\s\\\u0000-\u001f\u007f]/u.test(url))
    return 'The URL contains white space, a control character or a backslash.';
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed && authority === undefined) return 'Write the URL with // and a host, as in https://example.com/hook.';
  if (!parsed || !authority) return 'This is not an absolute URL with a host, such as https://example.com/hook.';
  if (parsed.href.length > maxLength) {
    return `The URL is longer than ${maxLength.toLocaleString('en')} characters once it is %-encoded.`;
  }
  if (url.includes('#')) return 'A webhook URL has no fragment: leave out # and what follows.';
  if (authority.includes('@'))
    return 'A webhook URL has no user name or password: use a header of the webhook instead.';

  if (dotSegment.test(url.split('?', 1)[0] as string)) {
    return 'The path contains /./ or /../, which is never sent: write the path without them.';
  }
  if (url.endsWith('?')) return 'The URL ends with ? and no query: leave out the ?.';
  if (parsed.port === '0') return 'The URL names port 0, on which nothing can listen.';

  const scheme = parsed.protocol.slice(0, -1);
  const schemes: readonly string[] = urlExemptions.allowHttp ? [...policy.schemes, 'http'] : policy.schemes;
  if (!schemes.includes(scheme)) return `The URL must begin with ${policy.schemes.map((s) => `${s}://`).join(' or ')}.`;

  const host = hostOf(parsed);
  const addresses = policyFor(urlExemptions.allowedPrivateRanges);
  if (isIP(host)) {
    if (!addresses.allows(host)) return 'The URL names an address that is not on the public internet.';
  } else if (localhost.test(host)) {
    if (!loopback.some(addresses.allows)) return 'The URL names this machine (localhost); receivers must be public.';
  } else if (host.length > 253 || !host.split('.').every((label) => hostLabel.test(label))) {
    return 'The URL has no valid host name.';
  }
  if (policy.host && !isLocalHost(host) && (host !== policy.host || parsed.port !== '')) {
    return `The URL must be one of https://${policy.host}/.`;
  }
  return null;
}

/**
 * A URL that {@link checkUrl} accepts, as it is sent: with `/` for an empty path, the host in lower case and ASCII, without its
 * scheme's default port, and %-encoded where needed. Sending the result does not change it further.
 */
export const sentUrl = (url: string): string => new URL(url).href;

/** A stored URL as requests name it: URLs stored before {@link sentUrl} existed may contain parts that are never sent. */
export function requestUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + search;
}

/** The part of a credential URL that may be shown. */
export const redactedUrl = (url: string): string => `${new URL(url).origin}/…`;

/** The host without brackets and without the dot that ends a fully qualified name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$|\.$/g, '');
}

/** Hosts that only pass by an operator's exemption: a stand-in for a system's own host may run there. */
const isLocalHost = (host: string) => isIP(host) !== 0 || localhost.test(host);

let known: { readonly key: string; readonly policy: ReturnType<typeof addressPolicy> } | undefined;

/** Parses the ranges once: a process has one set of them for its whole life. */
function policyFor(ranges: readonly string[]) {
  const key = ranges.join();
  if (known?.key !== key) known = { key, policy: addressPolicy(ranges) };
  return known.policy;
}
