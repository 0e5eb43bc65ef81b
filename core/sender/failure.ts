import type { Exchange } from './exchange.ts';

export type FailedOutcome = Exclude<Exchange['outcome'], 'RESPONDED' | 'HTTP_ERROR'>;

/**
 * Why an exchange had no complete response. Tenants read the message in the delivery log: it holds no secret, nothing of the
 * URL except its host, and no address that a name resolved to.
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

/** Translates an error of an established connection. The raw message is left out, because it names addresses and ports. */
export function failureOnConnection(error: unknown, responseStarted: boolean): ExchangeFailure {
  if (error instanceof ExchangeFailure) return error;
  const { name, code = 'unknown', message = '' } = error as { name?: string; code?: string; message?: string };
  // The parser's message is one of a fixed set of reasons and quotes nothing of the response.
  if (name === 'HTTPParserError') return new ExchangeFailure('INVALID_RESPONSE', `${message}.`);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new ExchangeFailure('INVALID_RESPONSE', 'The response had more than 16 KiB of headers.');
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new ExchangeFailure(
      'INVALID_RESPONSE',
      'The response body is not as long as its Content-Length header says.',
    );
  }
  if (code === 'UND_ERR_SOCKET') {
    // undici uses one code for responses that it refuses and for closed connections.
    if (message === 'bad upgrade') return new ExchangeFailure('INVALID_RESPONSE', switchedProtocols);
    if (message.startsWith('bad '))
      return new ExchangeFailure('INVALID_RESPONSE', `The response does not answer the request (${message}).`);
    return responseStarted
      ? new ExchangeFailure('INVALID_RESPONSE', 'The receiver closed the connection before its response was complete.')
      : new ExchangeFailure('CONNECT_ERROR', 'The receiver closed the connection without a response.');
  }
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return new ExchangeFailure('TLS_ERROR', `TLS failed (${code}).`);
  // For example a status below 100.
  if (code === 'ERR_ASSERTION') return new ExchangeFailure('INVALID_RESPONSE', 'The response is not valid HTTP.');
  if (code === 'UND_ERR_INVALID_ARG')
    return new ExchangeFailure('CONNECT_ERROR', `The request is not valid: ${message}.`);
  return new ExchangeFailure('CONNECT_ERROR', `The connection broke (${code}).`);
}
