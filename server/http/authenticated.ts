import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Origin } from '../../core/access/principal.ts';
import { ApiError } from '../../core/ground/errors.ts';
import { SessionEnded } from '../../core/sessions/ended.ts';
import type { UsedSession } from '../../core/sessions/sessions.ts';
import type { Authenticated } from './caller.ts';
import { clientOf } from './origin.ts';
import { isFromOwnPage } from './sameOrigin.ts';
import type { GraphQLTransportParts } from './transportParts.ts';

type Parts = Pick<GraphQLTransportParts, 'services' | 'limits' | 'cookies' | 'originOf' | 'publicOrigin'>;

/**
 * Finds who calls: by the `Authorization` header if there is one, else by the cookie of a session. This is the one place where a cookie
 * counts.
 *
 * @param response - gets the cookie's new token; null where none can be set any more
 * @throws ApiError UNAUTHENTICATED, or RATE_LIMITED once that has happened too often
 */
export async function authenticated(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse | null,
  authorization: string | undefined = request.headers.authorization,
  origin: Origin = parts.originOf(request),
): Promise<Authenticated> {
  if (authorization === undefined && request.headers.cookie !== undefined) {
    const bySession = await sessionOf(parts, request, response, origin);
    if (bySession) return bySession;
  }
  const principal = await attempt(
    parts,
    origin,
    () => parts.services.isKnownCredential(authorization),
    () => parts.services.authenticate(authorization, origin),
  );
  // Without a header nobody gets here.
  return { principal, credential: authorization as string };
}

/** @returns null if the request brings no session */
async function sessionOf(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse | null,
  origin: Origin,
): Promise<Authenticated | null> {
  const presented = parts.cookies.tokenIn(request);
  if (presented === null) return null;
  if (!isFromOwnPage(request, parts.publicOrigin)) {
    throw new ApiError(
      'UNAUTHENTICATED',
      'A session counts for requests of this installation’s own pages alone. Programs and other pages send a key: "Authorization: Bearer <key>".',
    );
  }
  const { token, cookie } = presented;
  const { principal, session, renewed } = await sessionBy(parts, request, token, response !== null, origin);
  if (renewed !== null) response?.setHeader('set-cookie', parts.cookies.set(cookie, renewed, session.expiresAt));
  return { principal, credential: { session: session.id } };
}

/**
 * Finds the session of a cookie's token, within what its client's address may try.
 *
 * @param mayRenew - whether the answer can carry a new token
 * @throws as `Sessions.use`, and ApiError RATE_LIMITED
 */
export const sessionBy = (
  parts: Pick<Parts, 'services' | 'limits' | 'originOf'>,
  request: IncomingMessage,
  token: string,
  mayRenew: boolean,
  origin: Origin = parts.originOf(request),
): Promise<UsedSession> =>
  attempt(
    parts,
    origin,
    () => parts.services.sessions.isKnown(token),
    () => parts.services.sessions.use(token, origin, mayRenew),
  );

/** Looks a credential up, within what its client's address may try. */
async function attempt<T>(
  { limits }: Pick<Parts, 'limits'>,
  origin: Origin,
  isKnown: () => boolean,
  lookUp: () => Promise<T>,
): Promise<T> {
  const address = clientOf(origin);
  await limits.admitCredential(address, isKnown);
  try {
    return await lookUp();
  } catch (error) {
    // Nobody guesses a session that was good once: whoever's it was has tabs open, and each of their calls fails.
    const isGuess = error instanceof ApiError && error.code === 'UNAUTHENTICATED' && !(error instanceof SessionEnded);
    if (isGuess) await limits.failure(address);
    throw error;
  }
}
