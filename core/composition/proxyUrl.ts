import type { ProxyAddress } from '../sender/egress.ts';
import { hostOf } from '../sender/url.ts';

/** Whether a text is the URL of a forward proxy: `http://user:password@proxy.internal:3128`. */
export function isProxyUrl(text: string): boolean {
  // A @ / ? or # of the password as it is would end the host or the password early, and be taken for something else.
  if (!/^https?:\/\/([^@/?#\s]+@)?[^@/?#\s]+\/?$/i.test(text) || /%(?![0-9a-f]{2})/i.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const { hostname, port, username, password } = new URL(text);
  if (!isEncoded(username) || !isEncoded(password)) return false;
  const oneColon = (/\/\/([^@]*)@/.exec(text)?.[1] ?? '').split(':').length <= 2;
  return hostname !== '' && port !== '0' && oneColon && (username !== '' || password === '') && !/%0[ad]/i.test(text);
}

/** Whether its percent signs stand for UTF-8. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** @param text - which {@link isProxyUrl} accepts */
export function proxyOf(text: string): ProxyAddress {
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    secure,
    host: hostOf(url),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authorization: url.username === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}
