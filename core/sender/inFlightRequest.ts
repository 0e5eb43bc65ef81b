import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import { GatheredBytes } from '../../client-sdk/src/receivers/gatheredBytes.ts';
import type { Connection, Dispatchable } from './connection.ts';
import type { Deadlines, Expiring } from './deadlines.ts';
import { EgressFailure } from './egress.ts';
import type { Exchange } from './exchange.ts';
import { ExchangeFailure, failureOnConnection, switchedProtocols } from './failure.ts';
import type { Pool } from './pool.ts';
import { readableValue } from './readableValue.ts';
import { parseRetryAfter } from './retryAfter.ts';

/** The part of a response body that is read. */
const maxBodyBytes = 64 * 1024;
/** All interim responses (1xx) of one request together: any number may come, but not without end. */
const maxInterimBytes = 1024 * 1024;
/** The least that a response has beside its headers: a status line and an empty line. */
const minResponseBytes = 16;

/**
 * An exchange under way, as undici's dispatch handler: undici calls it for every part of the response, without a stream between.
 * The methods have the names of undici's handler interface with raw headers.
 */
export class InFlightRequest implements Expiring, Dispatchable {
  readonly options: Dispatcher.DispatchOptions;
  readonly deadline: number;
  connection: Connection | null = null;

  readonly #pool: Pool;
  readonly #deadlines: Deadlines;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #timeoutMs: number;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  #written = false;
  #over = false;
  #code: number | null = null;
  #rawHeaders: readonly Buffer[] = [];
  #body = new GatheredBytes();
  #interimBytes = 0;

  constructor(
    options: Dispatcher.DispatchOptions,
    timeoutMs: number,
    pool: Pool,
    deadlines: Deadlines,
    resolve: (exchange: Exchange) => void,
  ) {
    this.options = options;
    this.#timeoutMs = timeoutMs;
    this.deadline = this.#start + timeoutMs;
    this.#pool = pool;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    deadlines.add(this);
    pool.run(this);
  }

  expire(): void {
    this.#fail(
      this.connection?.overdue() ??
        new ExchangeFailure('TIMEOUT', `No complete response within ${this.#timeoutMs / 1000} s.`),
    );
  }

  /** undici is about to write the request to a connected socket. */
  onConnect(): void {
    this.#written = true;
  }

  onHeaders(code: number, headers: Buffer[]): boolean {
    if (this.#over) return true;
    if (code < 200) this.#skipInterim(code, headers);
    else {
      this.#code = code;
      this.#rawHeaders = headers;
    }
    return true;
  }

  /** A response below 200 announces another one (RFC 9110, 15.2), except 101, which ends HTTP on this connection. */
  #skipInterim(code: number, headers: readonly Buffer[]): void {
    if (code === 101) {
      this.#fail(new ExchangeFailure('INVALID_RESPONSE', switchedProtocols));
      return;
    }
    this.#interimBytes += headers.reduce((sum, part) => sum + part.length, minResponseBytes);
    if (this.#interimBytes > maxInterimBytes) {
      this.#fail(new ExchangeFailure('INVALID_RESPONSE', 'Only interim answers (1xx) came, more than 1 MiB of them.'));
    }
  }

  onData(chunk: Buffer): boolean {
    if (this.#over) return true;
    const room = maxBodyBytes - this.#body.size;
    this.#body.add(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length > room) this.#end('RESPONDED', null, true);
    return true;
  }

  onComplete(): void {
    if (!this.#over) this.#end('RESPONDED', null, false);
  }

  onError(error: Error): void {
    if (this.#over) return;
    const { connection } = this;
    if (this.#written || error instanceof ExchangeFailure || !connection?.reused) {
      this.#fail(failureOnConnection(error, this.#code !== null));
      return;
    }
    // A kept-alive connection broke before any byte of the request was sent: this was no attempt yet.
    this.connection = null;
    this.#pool.discard(connection);
    this.#pool.run(this);
  }

  #fail(failure: ExchangeFailure): void {
    const againMs = failure instanceof EgressFailure ? failure.retryAfterMs : null;
    this.#end(failure.outcome, failure.message, false, againMs);
  }

  #end(outcome: Exchange['outcome'], error: string | null, truncated: boolean, againMs: number | null = null): void {
    this.#over = true;
    this.#deadlines.delete(this);
    const headers = this.#code === null ? null : readHeaders(this.#rawHeaders);
    const retryAfter = headers?.find(([name]) => name.length === 11 && name.toLowerCase() === 'retry-after')?.[1];
    this.#resolve({
      outcome,
      sent: this.#written,
      startedAt: this.#startedAt,
      durationMs: Math.round(performance.now() - this.#start),
      responseCode: this.#code,
      responseHeaders: headers,
      responseBody: this.#code === null ? null : readBody(this.#body.whole(), truncated),
      responseTruncated: truncated,
      error,
      retryAfterMs: retryAfter === undefined ? againMs : parseRetryAfter(retryAfter, Date.now()),
    });
    this.#body = new GatheredBytes();

    const { connection } = this;
    this.connection = null;
    if (!connection) this.#pool.removeWaiting(this);
    else if (error === null && !truncated && !mayFollow(this.#code, headers) && !connection.hasUnsentBytes)
      this.#pool.release(connection);
    else this.#pool.discard(connection);
  }
}

function readHeaders(raw: readonly Buffer[]): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at] as Buffer, raw[at + 1] as Buffer];
    headers.push([name.toString('latin1'), readableValue(value.toString('latin1'))]);
  }
  return headers;
}

/**
 * Whether bytes may follow that no answer has: 204 and 304 end with their headers, but a receiver whose headers speak of a body may
 * send it, in the way of the next answer on that connection.
 */
function mayFollow(code: number | null, headers: readonly (readonly [name: string, value: string])[] | null): boolean {
  if ((code !== 204 && code !== 304) || headers === null) return false;
  return headers.some(([name, value]) => {
    const lower = name.toLowerCase();
    return lower === 'transfer-encoding' || (lower === 'content-length' && Number(value) !== 0);
  });
}

/** Replaces invalid UTF-8, and NUL, which PostgreSQL cannot store. Drops a character that our own cut has split. */
function readBody({ buffer, byteOffset, byteLength }: Uint8Array, truncated: boolean): string {
  if (byteLength === 0) return '';
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const text = truncated ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
