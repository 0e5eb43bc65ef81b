import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { type Failing, IssuerFailed } from '../../core/oidc/issuerErrors.ts';
import type { SignIn } from '../../core/oidc/signIn.ts';
import { idOfState, signInMs } from '../../core/oidc/signIn.ts';
import { sessionBy } from './authenticated.ts';
import { clientOf } from './origin.ts';
import { replyError } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { type SessionCookie, valuesIn } from './sessionCookie.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

/** Where signing in by an issuer begins. */
export const startPath = '/session/start';
/** Where issuers lead people back to: the issuer's name follows. */
export const callbackPath = '/session/callback/';

/** Sign-ins that one browser may have under way, and their characters: each is a cookie, and proxies take only so many of them. */
const maxUnderWay = 8;
const maxUnderWayCharacters = 4_000;
const maxBack = 1_000;

const securityHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/** Signing in by OpenID Connect: leads to the issuer, and takes back whom it sends. */
export function createSignInHandler(parts: GraphQLTransportParts, signIn: SignIn, publicUrl: string) {
  const { presenter, cookies, limits, services } = parts;
  const base = new URL(publicUrl).pathname.replace(/\/+$/, '');
  const isTls = publicUrl.startsWith('https:');

  /**
   * The cookie of a sign-in under way: each tab has its own. It is Lax, because it comes back from another site. Over TLS it is
   * `__Host-`, below a path, too: one that a host of the same domain could set would sign a browser in as somebody else. What it
   * holds is encrypted, so neighbours below other paths may get it.
   */
  const nameOf = (id: string) => `${isTls ? '__Host-' : ''}everhook-sign-in-${id}`;
  const setCookie = (id: string, value: string, seconds: number) =>
    `${nameOf(id)}=${value}; Path=${isTls ? '/' : `${base}/session`}; HttpOnly; SameSite=Lax${isTls ? '; Secure' : ''}; Max-Age=${seconds}`;

  /** Browsers name the oldest first. @returns those that make room for another of so many characters */
  function surplus({ headers }: IncomingMessage, characters: number): string[] {
    const underWay = (headers.cookie ?? '').split(';').flatMap((pair) => {
      const name = pair.split('=')[0]?.trim() ?? '';
      return name.startsWith(nameOf('')) ? [{ id: name.slice(nameOf('').length), length: pair.length }] : [];
    });
    let left = maxUnderWayCharacters - characters;
    const latest = underWay.reverse();
    const kept = latest.findIndex(({ length }, at) => {
      left -= length;
      return at + 1 >= maxUnderWay || left < 0;
    });
    return kept === -1 ? [] : latest.slice(kept).map(({ id }) => id);
  }

  const lead = (response: ServerResponse, to: string, setCookies: readonly string[] = []) => {
    response.writeHead(303, { ...securityHeaders, location: to, 'set-cookie': [...setCookies], 'content-length': 0 });
    response.end();
  };

  /** A path of the dashboard; anything else leads to its first page. */
  function backIn(text: string | null): string {
    if (text === null || text.length > maxBack || !text.startsWith(`${base}/`) || !URL.canParse(text, publicUrl))
      return '/';
    const url = new URL(text, publicUrl);
    if (url.origin !== new URL(publicUrl).origin || !url.pathname.startsWith(`${base}/`)) return '/';
    const path = url.pathname.slice(base.length);
    // What is left of `/x/..//evil.example` names another host wherever it is read without this one.
    return path.startsWith('//') ? '/' : `${path}${url.search}`;
  }

  /** The dashboard, which says what went wrong, and how to go on. */
  function tell(name: string, failing: Failing | { readonly kind: 'USED' | 'UNKNOWN' | 'TOO_MANY' }): string {
    const said = new URLSearchParams({ signin: failing.kind, issuer: signIn.labelOf(name) ?? '' });
    if (failing.kind === 'CLOCK') {
      said.set('theirs', String(failing.theirs));
      said.set('ours', String(failing.ours));
    }
    // Behind the #, it is in no log.
    return `${publicUrl}/#${said}`;
  }

  async function start(request: IncomingMessage, response: ServerResponse, search: URLSearchParams): Promise<void> {
    const name = search.get('issuer') ?? '';
    const back = backIn(search.get('back'));
    // Another site may lead here, as a list of one's applications does, but not put another session in place of the one that there is.
    const site = request.headers['sec-fetch-site'];
    if ((site === 'cross-site' || site === 'same-site') && (await isSignedIn(request))) {
      return lead(response, `${publicUrl}${back}`);
    }
    try {
      const begun = await signIn.begin(name, back);
      if (begun === null) return lead(response, tell('', { kind: 'UNKNOWN' }));
      // A browser that begins again and again keeps the latest ones.
      const set = setCookie(begun.id, begun.sealed, signInMs / 1_000);
      const dropped = surplus(request, set.length).map((id) => setCookie(id, '', 0));
      lead(response, begun.url, [...dropped, set]);
    } catch (error) {
      if (!(error instanceof IssuerFailed)) throw error;
      lead(response, tell(name, error.failing));
    }
  }

  /** @returns whether the browser has a session that is good */
  async function isSignedIn(request: IncomingMessage): Promise<boolean> {
    const presented = cookies.tokenIn(request);
    if (presented === null) return false;
    try {
      await sessionBy(parts, request, presented.token, false);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
  }

  async function finish(request: IncomingMessage, response: ServerResponse, name: string, search: URLSearchParams) {
    const sealedOf = (id: string) => {
      const found = valuesIn(request.headers.cookie ?? '', nameOf(id));
      // Of two, one was set by somebody else.
      return found.length === 1 ? (found[0] as string) : null;
    };
    const callback = new URL(`http://host${callbackPath}${encodeURIComponent(name)}?${search}`);
    const end = await signIn.finish(name, callback, sealedOf, parts.originOf(request));
    const id = idOfState(search.get('state') ?? '');
    const used = setCookie(id, '', 0);
    if ('failed' in end) {
      // Whoever comes twice, or by the browser's Back, has what they came for.
      if (end.failed.kind === 'USED' && (await isSignedIn(request))) return lead(response, `${publicUrl}/`);
      return lead(response, tell(name, end.failed), [used]);
    }
    const before = cookies.tokenIn(request);
    if (before !== null) {
      const former = await sessionBy(parts, request, before.token, false).catch(() => null);
      if (former) await services.sessions.end(former.session.id, 'SIGNED_OUT');
    }
    const cookie = cookieHere(request);
    const { opened, back } = end;
    lead(response, `${publicUrl}${back}`, [used, cookies.set(cookie, opened.token, opened.expiresAt)]);
  }

  const cookieHere = (request: IncomingMessage): SessionCookie =>
    isTls ? cookies.overTls : (cookies.cookieFor(request) ?? cookies.overTls);

  return async (request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> => {
    if (request.method !== 'GET') {
      const reason = invalid('method', 'Browsers come here by GET.');
      return replyError(response, reason, { status: 405, headers: { allow: 'GET' } });
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://host');
    const name = pathname.startsWith(callbackPath) ? pathname.slice(callbackPath.length) : '';
    try {
      await limits.signIn(clientOf(parts.originOf(request)));
      if (pathname === startPath) await start(request, response, searchParams);
      else await finish(request, response, name, searchParams);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'RATE_LIMITED')
        return lead(response, tell('', { kind: 'TOO_MANY' }));
      presenter.error(error, requestIdOf(request));
      lead(response, tell(name, { kind: 'AWAY' }));
    }
  };
}
