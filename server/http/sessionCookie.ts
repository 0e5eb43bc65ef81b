import type { IncomingMessage } from 'node:http';

/** A cookie that holds a session's token, and how it is set. */
export interface SessionCookie {
  readonly name: string;
  /** Whether browsers send it over TLS alone. */
  readonly secure: boolean;
}

export interface SessionCookies {
  /** The token that a request brings, and in which cookie; null for none, and for two of the same name. */
  tokenIn(request: IncomingMessage): { readonly token: string; readonly cookie: SessionCookie } | null;
  /** The cookie for the page that sends a request; null where a cookie could be read on the way. */
  cookieFor(request: IncomingMessage): SessionCookie | null;
  /** The cookie where it goes over TLS alone. */
  readonly overTls: SessionCookie;
  /** A `Set-Cookie` header. */
  set(cookie: SessionCookie, token: string, expiresAt: Date): string;
  clear(cookie: SessionCookie): string;
}

/** So long after its end a cookie still comes, so that somebody is told why they have to sign in again. Milliseconds. */
const keptAfterEndMs = 3 * 86_400_000;

/** Names of this machine, which its own browsers reach without a network. */
const loopback = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i;

/** Whether a `Host` names this machine. */
export const isLoopback = (host: string | undefined): boolean => loopback.test(host ?? '');

/**
 * Over TLS the cookie is `__Host-…`, which no other host can set and no other path gets. Below a path the host is shared with others,
 * whose servers must not get it: there it is `__Secure-…` with that path. Over plain http there is one for this machine alone, with the
 * port in its name, because cookies know no ports.
 *
 * @param base - the path below which the installation is reached; empty for none
 */
export function createSessionCookies(base: string): SessionCookies {
  const path = base === '' ? '/' : base;
  const overTls: SessionCookie = { name: base === '' ? '__Host-everhook' : '__Secure-everhook', secure: true };

  const onLoopback = (host: string | undefined): SessionCookie | null => {
    const match = loopback.exec(host ?? '');
    return match && { name: `everhook-${match[1] ?? '80'}`, secure: false };
  };
  const header = ({ name, secure }: SessionCookie, value: string, end: string) =>
    `${name}=${value}; Path=${path}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}; ${end}`;

  return {
    overTls,

    tokenIn({ headers }) {
      if (headers.cookie === undefined) return null;
      for (const cookie of [overTls, onLoopback(headers.host)]) {
        if (cookie === null) continue;
        const found = valuesIn(headers.cookie, cookie.name);
        // Of two, one was set by somebody else, such as a neighbour of this host.
        if (found.length > 0) return found.length === 1 ? { token: found[0] as string, cookie } : null;
      }
      return null;
    },

    cookieFor({ headers }) {
      const { origin } = headers;
      // What a browser says of its own page: a proxy before this server may have ended TLS, and changed the host.
      if (origin !== undefined && URL.canParse(origin) && new URL(origin).protocol === 'https:') return overTls;
      return origin === undefined || origin === `http://${headers.host}` ? onLoopback(headers.host) : null;
    },

    set: (cookie, token, expiresAt) =>
      header(cookie, token, `Expires=${new Date(expiresAt.getTime() + keptAfterEndMs).toUTCString()}`),
    clear: (cookie) => header(cookie, '', 'Max-Age=0'),
  };
}

/** The values of a cookie's name in a `Cookie` header. */
export function valuesIn(header: string, name: string): string[] {
  return header.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at !== -1 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
