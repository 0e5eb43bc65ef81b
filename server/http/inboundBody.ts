import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from '../errors.ts';

/** Largest request of a tracker, in bytes: GitHub sends up to 25 MB. */
export const mostInboundBytes = 25 * 1024 * 1024;
/** What all requests under way may hold together, in bytes. */
const mostHeldBytes = 256 * 1024 * 1024;

/** Reads requests' bytes as they are, each within its limit and all together within another. */
export class InboundBodies {
  readonly #mostHeld: number;
  #held = 0;

  constructor(mostHeld = mostHeldBytes) {
    this.#mostHeld = mostHeld;
  }

  /**
   * @param wanted - whether the bytes are of any use. What is sent to nobody is read, hashed, limited and answered as all else,
   * but not kept: whoever knows no token takes no memory from those who do, and is not told so either
   * @param use - is given no bytes where they are not wanted
   * @throws ApiError LIMIT_EXCEEDED before anything is read where the length says so, and else as soon as there is too much;
   * UNAVAILABLE while other requests hold all the memory there is for them
   */
  async read<T>(request: IncomingMessage, wanted: Promise<boolean>, use: (body: Buffer) => Promise<T>): Promise<T> {
    const body = new Body();
    const release = () => {
      this.#held -= body.release();
    };
    wanted.then((is) => is || release(), release);
    if (Number(request.headers['content-length'] ?? 0) > mostInboundBytes) throw tooLong();
    const take = (chunk: Buffer) => {
      this.#held += body.add(chunk);
      if (body.length > mostInboundBytes) throw tooLong();
      if (this.#held + body.length - body.kept > this.#mostHeld) {
        throw new ApiError('UNAVAILABLE', 'Too much is being received now. Send it again.', undefined, 1);
      }
    };
    try {
      await readAll(request, take);
      return await use(body.bytes());
    } finally {
      release();
    }
  }
}

const tooLong = () => new ApiError('LIMIT_EXCEEDED', `A request has at most ${mostInboundBytes} bytes.`, 'body');

/** One request's bytes: kept until they are released, and from then on hashed, as those that are kept are to prove them. */
class Body {
  #chunks: Buffer[] | null = [];
  #hash: Hash | null = null;
  length = 0;
  kept = 0;

  /** @returns how many bytes are kept on top */
  add(chunk: Buffer): number {
    this.length += chunk.length;
    if (this.#chunks === null) {
      this.#hash ??= createHash('sha256');
      this.#hash.update(chunk);
      return 0;
    }
    this.#chunks.push(chunk);
    this.kept += chunk.length;
    return chunk.length;
  }

  /** @returns how many bytes were kept */
  release(): number {
    const { kept } = this;
    this.#chunks = null;
    this.kept = 0;
    return kept;
  }

  bytes(): Buffer {
    const chunks = this.#chunks ?? [];
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  }
}

function readAll(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        request.pause();
        request.removeAllListeners('data');
        reject(error);
      }
    });
    request.on('end', () => resolve());
    const brokenOff = () => {
      // Every request closes in the end, and an error costs more than all the rest of reading it.
      if (!request.complete) reject(invalid('body', 'The body broke off.'));
    };
    request.on('error', brokenOff);
    request.on('close', brokenOff);
  });
}
