import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** undici's parser of a connection's answers: what is used of it here. */
interface ResponseParser {
  readonly llhttp: { llhttp_set_lenient_headers(parser: number, lenient: 0 | 1): void };
  readonly ptr: number;
  /** The header's text; what it says is held against the body's bytes. */
  contentLength: string;
  onHeadersComplete(code: number, upgrade: boolean, keepAlive: boolean): number;
}

const { kParser } = createRequire(import.meta.url)('undici/lib/core/symbols.js') as { readonly kParser: symbol };

let corrected = false;

/**
 * Has undici read what HTTP allows and undici 7 breaks the connection off at, without a setting for it: a 100 that was not asked
 * for is one more interim answer (RFC 9110, 15.2); 204 and 304 end with their headers, whatever length these tell of
 * (RFC 9112, 6.3); and a header may go on over the next line (RFC 9112, 5.2). To be called with each connection that undici has
 * just taken.
 */
export function correctParser(socket: Socket): void {
  const parser = (socket as unknown as Record<symbol, ResponseParser | undefined>)[kParser];
  if (!parser) throw new Error('undici keeps its parser elsewhere: look at core/sender/responseParser.ts.');
  parser.llhttp.llhttp_set_lenient_headers(parser.ptr, 1);
  if (corrected) return;
  const prototype: ResponseParser = Object.getPrototypeOf(parser);
  const { onHeadersComplete } = prototype;
  prototype.onHeadersComplete = function (this: ResponseParser, code, upgrade, keepAlive) {
    if (code === 204 || code === 304) this.contentLength = '';
    // 102 is passed over already.
    return onHeadersComplete.call(this, code === 100 ? 102 : code, upgrade, keepAlive);
  };
  corrected = true;
}
