import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** The part of undici's response parser that is used here. */
interface ResponseParser {
  readonly llhttp: { llhttp_set_lenient_headers(parser: number, lenient: 0 | 1): void };
  readonly ptr: number;
  /** The header's text, which the parser compares with the length of the body. */
  contentLength: string;
  onHeadersComplete(code: number, upgrade: boolean, keepAlive: boolean): number;
}

const { kParser } = createRequire(import.meta.url)('undici/lib/core/symbols.js') as { readonly kParser: symbol };

let patched = false;

/**
 * Makes undici accept responses that HTTP allows, but on which undici 7 breaks the connection, without a setting to change it:
 * an unrequested 100 is an interim response like others (RFC 9110, 15.2); 204 and 304 end with their headers, whatever length
 * these give (RFC 9112, 6.3); and a header may continue on the next line (RFC 9112, 5.2). Call it for each new connection, right
 * after undici has taken it.
 */
export function patchParser(socket: Socket): void {
  const parser = (socket as unknown as Record<symbol, ResponseParser | undefined>)[kParser];
  if (!parser) throw new Error('undici keeps its parser elsewhere: look at core/sender/responseParser.ts.');
  parser.llhttp.llhttp_set_lenient_headers(parser.ptr, 1);
  if (patched) return;
  const prototype: ResponseParser = Object.getPrototypeOf(parser);
  const { onHeadersComplete } = prototype;
  prototype.onHeadersComplete = function (this: ResponseParser, code, upgrade, keepAlive) {
    if (code === 204 || code === 304) this.contentLength = '';
    // undici skips 102 already.
    return onHeadersComplete.call(this, code === 100 ? 102 : code, upgrade, keepAlive);
  };
  patched = true;
}
