import type { ServerResponse } from 'node:http';
import { stringifyAnswer } from '../../core/answers/answerText.ts';
import type { AnswerBudgets, AnswerHolder } from '../../core/answers/budgets.ts';
import { answerLimits } from '../../core/answers/limits.ts';
import type { ApiError, ErrorCode } from '../../core/ground/errors.ts';
import { formatted } from './present.ts';
import { bytesOf, maxUnpacedBytes, type Reader, type ReaderLimits, writePaced } from './reader.ts';
import { requestIdOf } from './requestId.ts';

/** Answers are data: no browser shall guess their type, frame them, cache them, or run anything in them. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

const statuses: Readonly<Record<ErrorCode, number>> = {
  VALIDATION_FAILED: 400,
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  UNAUTHENTICATED: 401,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/** No content, and not modified: answers that have no body, so none is described (RFC 9110, 8.6). */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => statuses[code];

/** The headers of a refusal, by its code and the seconds after which to try again. */
export const refusalHeaders = (
  code: string | undefined,
  retryAfter: number | undefined,
): Readonly<Record<string, string>> => ({
  ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {}),
});

/** To whom an unread answer is charged. */
export interface Account {
  readonly budgets: AnswerBudgets;
  readonly holder: AnswerHolder;
}

/**
 * Ends a response with a text.
 *
 * @param texts - the text, whole or in consecutive parts
 */
export function reply(
  response: ServerResponse,
  status: number,
  type: string,
  texts: string | readonly string[],
  headers: Readonly<Record<string, string>> = {},
  account?: Account,
): void {
  // A response that waits behind another on its connection gets no event when the connection closes.
  if (response.destroyed || response.headersSent || response.req.socket.destroyed) return;
  const patience = account?.budgets.limits ?? answerLimits;
  const parts = typeof texts === 'string' ? [texts] : texts;
  const characters = parts.reduce((sum, { length }) => sum + length, 0);
  const answer = characters > maxUnpacedBytes ? bytesOf(parts) : parts.join('');
  const length =
    typeof answer === 'string' ? Buffer.byteLength(answer) : answer.reduce((sum, part) => sum + part.length, 0);
  response.writeHead(status, {
    ...securityHeaders,
    ...(bodiless.has(status)
      ? {}
      : {
          'content-type': /; *charset=/i.test(type) ? type : `${type}; charset=utf-8`,
          'content-length': length,
        }),
    ...headers,
  });
  if (typeof answer === 'string') {
    response.end(answer);
    if (response.writableFinished) return;
    // It is read later than it was written. After so long a silence, Node ends the connection.
    response.socket?.setTimeout(patience.stalledMs);
  }
  if (account) {
    const taken = account.budgets.unread(account.holder, length, () => response.destroy());
    void firstEventOf(response, ['close']).then(taken);
  }
  if (typeof answer !== 'string') void writePaced(answer, readerOf(response), patience);
}

/**
 * Sends a stream, each piece once its reader has taken the one before, so a reader that takes nothing stops the reading.
 * A reader that leaves ends the stream.
 */
export async function streamTo(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  pieces: AsyncIterable<Uint8Array | string>,
  account?: Account,
): Promise<void> {
  const reader = readerOf(response);
  if (!reader.gone) {
    response.writeHead(status, headers);
    response.flushHeaders();
    response.req.socket.setNoDelay(true);
  }
  for await (const piece of pieces) {
    if (reader.gone) break;
    await writePiece(response, piece, account);
  }
  if (!reader.gone) response.end();
}

/** Writes a piece of a stream, and waits until its reader takes it. A reader that takes nothing for too long is cut off. */
export function writePiece(
  response: ServerResponse,
  piece: Uint8Array | string,
  account?: Account,
  patience: ReaderLimits = account?.budgets.limits ?? answerLimits,
): Promise<void> {
  return writePaced([Buffer.from(piece as Uint8Array)], readerOf(response, { account }), patience);
}

/** @param stream - set where more follows than what is poured now */
const readerOf = (response: ServerResponse, stream?: { readonly account: Account | undefined }): Reader => ({
  get gone() {
    return response.destroyed || response.req.socket.destroyed;
  },
  write(piece, last) {
    if (last && !stream) {
      response.end(piece);
      return response.writableFinished ? null : firstEventOf(response, ['close']);
    }
    if (response.write(piece)) return null;
    const taken = stream?.account?.budgets.unread(stream.account.holder, piece.length, () => response.destroy());
    return firstEventOf(response, ['drain', 'close']).then(() => taken?.());
  },
  disconnect: () => response.destroy(),
});

/**
 * Waits for the first of these events, or for the end of the connection: a response that waits behind another gets no
 * event then.
 */
function firstEventOf(response: ServerResponse, events: readonly string[]): Promise<void> {
  const { socket } = response.req;
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    function done() {
      for (const event of events) response.off(event, done);
      socket.off('close', done);
      resolve();
    }
    for (const event of events) response.on(event, done);
    socket.on('close', done);
  });
}

export const replyJson = (
  response: ServerResponse,
  status: number,
  answer: unknown,
  headers?: Readonly<Record<string, string>>,
  type = 'application/json',
  account?: Account,
): void => reply(response, status, type, stringifyAnswer(answer), headers, account);

/** Refuses a request as a whole, before any of it ran. */
export function replyError(
  response: ServerResponse,
  error: ApiError,
  options: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly type?: string;
  } = {},
): void {
  const headers = { ...options.headers, ...refusalHeaders(error.code, error.retryAfterSeconds) };
  const status = options.status ?? statusOf(error.code);
  replyJson(response, status, { errors: [formatted(error, requestIdOf(response.req))] }, headers, options.type);
}
