import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** The part of undici's response parser that is used here. */
interface ResponseParser {
  readonly llhttp: {
    llhttp_set_lenient_headers(parser: number, lenient: 0 | 1): void;
    llhttp_set_lenient_keep_alive(parser: number, lenient: 0 | 1): void;
  };
  readonly ptr: number;
  /** 0 until the head of a response is complete. */
  readonly statusCode: number;
  /** The header's text, which the parser compares with the length of the body. */
  contentLength: string;
  onHeadersComplete(code: number, upgrade: boolean, keepAlive: boolean): number;
  createError(code: number, rest: Buffer): Error;
}

const { kParser } = createRequire(import.meta.url)('undici/lib/core/symbols.js') as { readonly kParser: symbol };

let patched = false;

/**
 * Makes undici accept responses that HTTP allows, but on which undici 7 breaks the connection, without a setting to change it:
 * an unrequested 100 is an interim response like others (RFC 9110, 15.2), and the final one follows also on one that is of HTTP/1.0 or
 * says `Connection: close`, after which undici reuses no connection; 204 and 304 end with their headers, whatever length
 * these give (RFC 9112, 6.3); and a header may continue on the next line (RFC 9112, 5.2). Call it for each new connection, right
 * after undici has taken it.
 */
export function patchParser(socket: Socket): void {
  const parser = (socket as unknown as Record<symbol, ResponseParser | undefined>)[kParser];
  if (!parser) throw new Error('undici keeps its parser elsewhere: look at core/sender/responseParser.ts.');
  parser.llhttp.llhttp_set_lenient_headers(parser.ptr, 1);
  parser.llhttp.llhttp_set_lenient_keep_alive(parser.ptr, 1);
  if (patched) return;
  const prototype: ResponseParser = Object.getPrototypeOf(parser);
  const { onHeadersComplete, createError } = prototype;
  prototype.onHeadersComplete = function (this: ResponseParser, code, upgrade, keepAlive) {
    if (code === 204 || code === 304) this.contentLength = '';
    // undici skips 102 already.
    return onHeadersComplete.call(this, code === 100 ? 102 : code, upgrade, keepAlive);
  };
  // In a head that is not valid, undici would blame the length of a body that has not begun.
  prototype.createError = function (this: ResponseParser, code, rest) {
    if (this.statusCode === 0) this.contentLength = '';
    return createError.call(this, code, rest);
  };
  patched = true;
}
