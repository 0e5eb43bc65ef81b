import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { type Failing, IssuerFailed } from '../../core/oidc/issuerErrors.ts';
import type { SignIn } from '../../core/oidc/signIn.ts';
import { idOfState, signInMs } from '../../core/oidc/signIn.ts';
import { clientOf } from './origin.ts';
import { replyError } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { type SessionCookie, valuesIn } from './sessionCookie.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

/** Where signing in by an issuer begins. */
export const startPath = '/session/start';
/** Where issuers lead people back to: the issuer's name follows. */
export const callbackPath = '/session/callback/';

/** Sign-ins that one browser may have under way: each is a cookie, and servers take only so many bytes of them. */
const maxUnderWay = 8;
const maxBack = 1_000;

const securityHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/** Signing in by OpenID Connect: leads to the issuer, and takes back whom it sends. */
export function createSignInHandler(parts: GraphQLTransportParts, signIn: SignIn, publicUrl: string) {
  const { presenter, cookies, limits, services } = parts;
  const base = new URL(publicUrl).pathname.replace(/\/+$/, '');
  const path = `${base}/session`;
  const isTls = publicUrl.startsWith('https:');
  const prefix = isTls ? '__Secure-' : '';

  /** The cookie of a sign-in under way: each tab has its own. It is Lax, because it comes back from another site. */
  const nameOf = (id: string) => `${prefix}everhook-sign-in-${id}`;
  const setCookie = (id: string, value: string, seconds: number) =>
    `${nameOf(id)}=${value}; Path=${path}; HttpOnly; SameSite=Lax${isTls ? '; Secure' : ''}; Max-Age=${seconds}`;

  const underWay = ({ headers }: IncomingMessage): string[] =>
    (headers.cookie ?? '').split(';').flatMap((pair) => {
      const name = pair.split('=')[0]?.trim() ?? '';
      return name.startsWith(nameOf('')) ? [name.slice(nameOf('').length)] : [];
    });

  const lead = (response: ServerResponse, to: string, setCookies: readonly string[] = []) => {
    response.writeHead(303, { ...securityHeaders, location: to, 'set-cookie': [...setCookies], 'content-length': 0 });
    response.end();
  };

  /** A path of the dashboard; anything else leads to its first page. */
  function backIn(text: string | null): string {
    if (text === null || text.length > maxBack || !text.startsWith(`${base}/`) || !URL.canParse(text, publicUrl))
      return '/';
    const url = new URL(text, publicUrl);
    const isHere = url.origin === new URL(publicUrl).origin && url.pathname.startsWith(`${base}/`);
    return isHere ? `${url.pathname.slice(base.length)}${url.search}` : '/';
  }

  /** The dashboard, which says what went wrong, and how to go on. */
  function tell(name: string, failing: Failing | { readonly kind: 'USED' | 'UNKNOWN' | 'TOO_MANY' }): string {
    const said = new URLSearchParams({ signin: failing.kind, issuer: signIn.labelOf(name) ?? '' });
    if (failing.kind === 'CLOCK') {
      said.set('theirs', String(failing.theirs));
      said.set('ours', String(failing.ours));
    }
    // Behind the #, it is in no log.
    return `${base}/#${said}`;
  }

  async function start(request: IncomingMessage, response: ServerResponse, search: URLSearchParams): Promise<void> {
    const name = search.get('issuer') ?? '';
    try {
      const begun = await signIn.begin(name, backIn(search.get('back')));
      if (begun === null) return lead(response, tell('', { kind: 'UNKNOWN' }));
      // A browser that begins again and again keeps the latest ones.
      const surplus = underWay(request).slice(0, -(maxUnderWay - 1));
      const dropped = surplus.map((id) => setCookie(id, '', 0));
      lead(response, begun.url, [...dropped, setCookie(begun.id, begun.sealed, signInMs / 1_000)]);
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
      await services.sessions.use(presented.token, parts.originOf(request), false);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
  }

  async function finish(request: IncomingMessage, response: ServerResponse, name: string, search: URLSearchParams) {
    const sealedOf = (id: string) => valuesIn(request.headers.cookie ?? '', nameOf(id))[0] ?? null;
    const callback = new URL(`http://host${callbackPath}${encodeURIComponent(name)}?${search}`);
    const end = await signIn.finish(name, callback, sealedOf, parts.originOf(request));
    const id = idOfState(search.get('state') ?? '');
    const used = setCookie(id, '', 0);
    if ('failed' in end) {
      // Whoever comes twice, or by the browser's Back, has what they came for.
      if (end.failed.kind === 'USED' && (await isSignedIn(request))) return lead(response, `${base}/`);
      return lead(response, tell(name, end.failed), [used]);
    }
    const before = cookies.tokenIn(request);
    if (before !== null) {
      const former = await services.sessions.use(before.token, parts.originOf(request), false).catch(() => null);
      if (former) await services.sessions.end(former.session.id, 'SIGNED_OUT');
    }
    const cookie = cookieHere(request);
    const { opened, back } = end;
    lead(response, `${base}${back}`, [used, cookies.set(cookie, opened.token, opened.expiresAt)]);
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
