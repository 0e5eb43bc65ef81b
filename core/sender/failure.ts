import type { Exchange } from './exchange.ts';

export type FailedOutcome = Exclude<Exchange['outcome'], 'RESPONDED' | 'HTTP_ERROR'>;

/**
 * Why an exchange had no complete response. The message goes into the delivery log, which the tenant reads: it holds no
 * secret, nothing of the URL beyond its host, and no address that a name resolved to.
 */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly outcome: FailedOutcome;

  constructor(outcome: FailedOutcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

export const switchedProtocols = 'The response switches protocols (101), which the request did not ask for.';

/** Reads an error that an established connection raised. The raw message is not passed on: it names addresses and ports. */
export function failureOnConnection(error: unknown, responseStarted: boolean): ExchangeFailure {
  if (error instanceof ExchangeFailure) return error;
  const { name, code = 'unknown', message = '' } = error as { name?: string; code?: string; message?: string };
  // The parser's own words: one of a fixed set of reasons, nothing of what was received.
  if (name === 'HTTPParserError') return new ExchangeFailure('INVALID_RESPONSE', `${message}.`);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new ExchangeFailure('INVALID_RESPONSE', 'The response had more than 16 KiB of headers.');
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new ExchangeFailure('INVALID_RESPONSE', 'The response body did not have the length that its header told.');
  }
  if (code === 'UND_ERR_SOCKET') {
    // undici has one code for what it refuses to read and for a closed connection.
    if (message === 'bad upgrade') return new ExchangeFailure('INVALID_RESPONSE', switchedProtocols);
    if (message.startsWith('bad '))
      return new ExchangeFailure('INVALID_RESPONSE', `The response does not answer the request (${message}).`);
    return responseStarted
      ? new ExchangeFailure('INVALID_RESPONSE', 'The receiver closed the connection before its response was complete.')
      : new ExchangeFailure('CONNECT_ERROR', 'The receiver closed the connection without a response.');
  }
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return new ExchangeFailure('TLS_ERROR', `TLS failed (${code}).`);
  // A status below 100, for one.
  if (code === 'ERR_ASSERTION') return new ExchangeFailure('INVALID_RESPONSE', 'The response is not valid HTTP.');
  if (code === 'UND_ERR_INVALID_ARG')
    return new ExchangeFailure('CONNECT_ERROR', `The request is not valid: ${message}.`);
  return new ExchangeFailure('CONNECT_ERROR', `The connection broke (${code}).`);
}
