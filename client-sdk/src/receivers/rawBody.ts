import { GatheredBytes } from './gatheredBytes.ts';
import { BrokenOffError, RawBodyError } from './receive.ts';

/** The used part of Node's `IncomingMessage`, and what parsers of bodies leave on it. */
export interface NodeRequest {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body?: unknown;
  readonly rawBody?: unknown;
  readonly readableDidRead?: boolean;
  readonly complete?: boolean;
  readonly destroyed?: boolean;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'close' | 'aborted', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  resume(): unknown;
}

type Raw = string | Uint8Array;

/** Whether a body is as it was received. */
export const isRaw = (value: unknown): value is Raw => typeof value === 'string' || value instanceof Uint8Array;

/**
 * The body as it was received: what a parser kept of it, or the rest of the stream.
 *
 * @param advice - what to change where a parser took it
 * @returns null if it is larger
 * @throws RawBodyError if it was parsed before, BrokenOffError if its sender left
 */
export async function rawBody(request: NodeRequest, maxBytes: number, advice: string): Promise<Raw | null> {
  for (const kept of [request.rawBody, request.body]) {
    if (isRaw(kept)) return kept.length > maxBytes ? null : kept;
  }
  if (request.readableDidRead === true) {
    throw new RawBodyError(`The webhook's body was parsed before its signature could be checked. ${advice}`);
  }
  return read(request, maxBytes);
}

function read(request: NodeRequest, maxBytes: number): Promise<Uint8Array | null> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBytes) return Promise.resolve(null);
  // A stream that was destroyed emits nothing any more: its sender left while something before this took its time.
  if (request.destroyed === true) return Promise.reject(new BrokenOffError('The request broke off.'));
  return new Promise((resolve, reject) => {
    const gathered = new GatheredBytes();
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.byteLength;
      // The rest is read and dropped, so that the answer arrives.
      if (size <= maxBytes) gathered.add(chunk);
      else resolve(null);
    });
    request.on('end', () => resolve(gathered.whole()));
    request.on('error', () => reject(new BrokenOffError('The request broke off.')));
    request.on('close', () => reject(new BrokenOffError('The request broke off.')));
  });
}
