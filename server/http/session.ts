import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../core/access/principal.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { readJsonBody } from '../../core/json/body.ts';
import { isObject } from '../../core/json/isObject.ts';
import type { SignOutAtIssuer } from '../../core/oidc/signIn.ts';
import { type Ending, SessionEnded } from '../../core/sessions/ended.ts';
import type { StoredSession } from '../../core/sessions/readSession.ts';
import { authenticated, sessionBy } from './authenticated.ts';
import { Bodies } from './body.ts';
import { requireJson } from './contentType.ts';
import { refusedFor } from './refusal.ts';
import { replyError, replyJson } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf } from './requestNotes.ts';
import { isFromOwnPage } from './sameOrigin.ts';
import { startPath } from './signIn.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

/** Where the dashboard opens, reads and ends its own session. */
export const sessionPath = '/session';

/** A key or a token has 4 KiB at most. */
const maxBodyBytes = 8 * 1024;

/** What the dashboard learns of its session. */
interface ShownSession {
  readonly session: {
    readonly id: string;
    readonly kind: Principal['kind'];
    readonly name: string | null;
    readonly expiresAt: Date;
  } | null;
  /** Why the session that the browser still had has ended. */
  readonly ended: Ending | null;
  /** Why nobody can sign in here, with what to do; null if they can. */
  readonly refused: string | null;
  /** By whom one can sign in: the dashboard adds where to come back to, as `back`. */
  readonly issuers: readonly { readonly label: string; readonly start: string }[];
}

/** What the dashboard learns when it signs out. */
interface SignedOut {
  /** The issuer of the session, who may still know the person; null for the session of a key. */
  readonly issuer: SignOutAtIssuer | null;
}

const overPlainHttp =
  'Over plain http a session could be read on the way. Open this page by https, and set EVERHOOK_PUBLIC_URL to its address; or, on the machine itself, by http://localhost.';

/** `GET` shows the session of the cookie, `POST` opens one with a key or a JWT, `DELETE` ends it. */
export function createSessionHandler(parts: GraphQLTransportParts, publicUrl: string | null) {
  const { services, presenter, cookies, limits } = parts;
  const issuers = (services.signIn?.issuers ?? []).map(({ name, label }) => ({
    label,
    // With its host: only there the browser comes back with what it was given.
    start: `${publicUrl}${startPath}?issuer=${name}`,
  }));
  const bodies = new Bodies(parts.entrance, maxBodyBytes);

  const shownOf = ({ id, name, expiresAt }: StoredSession, { kind }: Principal): ShownSession['session'] => ({
    id,
    kind,
    name,
    expiresAt,
  });

  async function show(request: IncomingMessage, response: ServerResponse): Promise<ShownSession> {
    // A browser that reads its own page sends no Origin: over TLS somewhere before this server, it has the cookie or can get it.
    const refused =
      cookies.cookieFor(request) === null && request.headers['sec-fetch-site'] === undefined ? overPlainHttp : null;
    const nothing = { session: null, ended: null, refused, issuers };
    const presented = cookies.tokenIn(request);
    if (presented === null || !isFromOwnPage(request, parts.publicOrigin)) return nothing;
    try {
      const { session, principal, renewed } = await sessionBy(parts, request, presented.token, true);
      if (renewed !== null) response.setHeader('set-cookie', cookies.set(presented.cookie, renewed, session.expiresAt));
      return { session: shownOf(session, principal), ended: null, refused: null, issuers };
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error;
      response.setHeader('set-cookie', cookies.clear(presented.cookie));
      return { ...nothing, ended: error instanceof SessionEnded ? error.ending : null };
    }
  }

  async function open(request: IncomingMessage, response: ServerResponse): Promise<ShownSession> {
    requireOwnPage(request);
    const cookie = cookies.cookieFor(request);
    if (cookie === null) throw new ApiError('FORBIDDEN', overPlainHttp);
    requireJson(request);
    const authorization = `Bearer ${credentialIn(await bodies.read(request, ''))}`;
    const { principal } = await authenticated(parts, request, null, authorization);
    notesOf(request).principal = principal;
    await limits.operation(principal);
    const endsAt = await services.endOfCredential(authorization);
    const opened = await services.sessions.open(principal, endsAt, authorization.slice('Bearer '.length));
    // Whoever signs in anew has no use for the session before.
    const before = cookies.tokenIn(request);
    if (before !== null) await signOut(request, before.token);
    response.setHeader('set-cookie', cookies.set(cookie, opened.token, opened.expiresAt));
    const session = { id: opened.id, kind: principal.kind, name: null, expiresAt: opened.expiresAt };
    return { session, ended: null, refused: null, issuers };
  }

  async function signOut(request: IncomingMessage, token: string): Promise<SignOutAtIssuer | null> {
    try {
      const { session } = await sessionBy(parts, request, token, false);
      const issuer = session.issuer === null ? null : await services.signIn?.signOutOf(session.id);
      await services.sessions.end(session.id, 'SIGNED_OUT');
      return issuer ?? null;
    } catch (error) {
      // It has ended already.
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error;
      return null;
    }
  }

  async function end(request: IncomingMessage, response: ServerResponse): Promise<SignedOut> {
    requireOwnPage(request);
    const presented = cookies.tokenIn(request);
    if (presented === null) return { issuer: null };
    const issuer = await signOut(request, presented.token);
    response.setHeader('set-cookie', cookies.clear(presented.cookie));
    return { issuer };
  }

  function requireOwnPage(request: IncomingMessage): void {
    if (isFromOwnPage(request, parts.publicOrigin) || cookies.cookieFor(request) === null) return;
    throw new ApiError(
      'FORBIDDEN',
      'Sessions are opened and ended by this installation’s own pages alone. If this is one, its proxy changes the header Host: set EVERHOOK_PUBLIC_URL to the address in the browser.',
    );
  }

  const methods: Readonly<Record<string, typeof show | typeof end>> = { GET: show, POST: open, DELETE: end };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '' } = request;
    const answer = methods[method];
    if (!answer) {
      const reason = invalid('method', 'A session is read by GET, opened by POST and ended by DELETE.');
      return replyError(response, reason, { status: 405, headers: { allow: Object.keys(methods).join(', ') } });
    }
    try {
      const shown = await answer(request, response);
      replyJson(response, method === 'POST' ? 201 : 200, shown);
    } catch (error) {
      const { status, headers, body } = refusedFor(error, presenter, requestIdOf(request));
      replyJson(response, status, body, request.complete ? headers : { ...headers, connection: 'close' });
    }
  };
}

/** The key or token in a body `{"credential": "…"}`. @throws ApiError VALIDATION_FAILED */
function credentialIn(text: string): string {
  const { value, problem } = readJsonBody(text);
  if (problem !== null) throw problem;
  const { credential, ...others } = isObject(value) ? value : {};
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(other.slice(0, 100), 'There is only "credential".');
  if (typeof credential !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(credential)) {
    throw invalid('credential', 'A key or a JWT has visible ASCII characters without spaces, 4,096 at most.');
  }
  return credential;
}
