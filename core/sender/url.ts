import { isIP } from 'node:net';
import type { UrlPolicy } from '../profiles/profile.ts';
import { addressPolicy } from './address.ts';

/** The URL rules that an operator switches off for development. */
export interface UrlExemptions {
  readonly allowHttp: boolean;
  /** CIDR blocks of private addresses that may be sent to all the same. */
  readonly allowedPrivateRanges: readonly string[];
}

/** Longest URL, in characters, as it is written and as it is sent. */
const MAX_LENGTH = 2048;
/** Segments of a path that would not be sent as they are written, in each way of writing them. */
const DOT_SEGMENT = /\/(\.|%2e){1,2}(?=\/|$)/i;
const LOOPBACK = ['127.0.0.1', '::1'];
/** Names that mean this machine by RFC 6761 or by a customary hosts file. */
const LOCALHOST = /(^|\.)localhost$|^localhost\.localdomain$|^localhost[46]$|^ip6-(localhost|loopback)$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Says why a URL cannot be a webhook's, or null if it can. A name that resolves to a private address is found when it is
 * dialled, not here.
 */
export function checkUrl(url: string, policy: UrlPolicy, urlExemptions: UrlExemptions): string | null {
  if (url.length > MAX_LENGTH) return `The URL is longer than ${MAX_LENGTH.toLocaleString('en')} characters.`;
  // The WHATWG parser mends all of this silently; what is stored should be what is meant.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\s\\\u0000-\u001f\u007f]/u.test(url)) return 'The URL holds white space, a control character or a backslash.';
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed && authority === undefined) return 'Write the URL with // and a host, as in https://example.com/hook.';
  if (!parsed || !authority) return 'This is not an absolute URL with a host, such as https://example.com/hook.';
  if (parsed.href.length > MAX_LENGTH) {
    return `The URL is longer than ${MAX_LENGTH.toLocaleString('en')} characters once it is %-encoded.`;
  }
  if (url.includes('#')) return 'A webhook URL has no fragment: leave out # and what follows.';
  if (authority.includes('@'))
    return 'A webhook URL has no user name or password: use a header of the webhook instead.';

  if (DOT_SEGMENT.test(url.split('?', 1)[0] as string)) {
    return 'The path holds /./ or /../, which is never sent: write the path that is meant.';
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
  } else if (LOCALHOST.test(host)) {
    if (!LOOPBACK.some(addresses.allows)) return 'The URL names this machine (localhost); receivers must be public.';
  } else if (host.length > 253 || !host.split('.').every((label) => LABEL.test(label))) {
    return 'The URL has no valid host name.';
  }
  if (policy.host && !isLocal(host) && (host !== policy.host || parsed.port !== '')) {
    return `The URL must be one of https://${policy.host}/.`;
  }
  return null;
}

/**
 * A URL that {@link checkUrl} takes, as it is sent: with `/` for an empty path, its host in lower case and ASCII, without a port
 * that its scheme has anyway, and %-encoded where it must be. Sending that one changes nothing more of it.
 */
export const sentUrl = (url: string): string => new URL(url).href;

/** A stored URL as requests name it: those of before {@link sentUrl} may still hold what is never sent. */
export function requestUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + search;
}

/** A URL that is a credential, as it may be shown. */
export const redactedUrl = (url: string): string => `${new URL(url).origin}/…`;

/** The host without brackets and without the dot that ends a fully qualified name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$|\.$/g, '');
}

/** What only an operator's lift lets through, where a stand-in for a system's own host may run. */
const isLocal = (host: string) => isIP(host) !== 0 || LOCALHOST.test(host);

let known: { readonly key: string; readonly policy: ReturnType<typeof addressPolicy> } | undefined;

/** A process has one set of ranges for its whole life, so it is parsed once. */
function policyFor(ranges: readonly string[]) {
  const key = ranges.join();
  if (known?.key !== key) known = { key, policy: addressPolicy(ranges) };
  return known.policy;
}
