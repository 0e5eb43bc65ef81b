import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from '../errors.ts';

/** Largest request of a tracker, in bytes: GitHub sends up to 25 MB. */
export const mostInboundBytes = 25 * 1024 * 1024;
/** What all requests under way may hold together, in bytes. */
const mostHeldBytes = 256 * 1024 * 1024;

/** Reads requests' bytes as they are, each within its limit and all together within another. */
export class InboundBodies {
  #held = 0;

  /**
   * @throws ApiError LIMIT_EXCEEDED before anything is read where the length says so, and else as soon as there is too much;
   * UNAVAILABLE while other requests hold all the memory there is for them
   */
  async read<T>(request: IncomingMessage, use: (body: Buffer) => Promise<T>): Promise<T> {
    if (Number(request.headers['content-length'] ?? 0) > mostInboundBytes) throw tooLong();
    let own = 0;
    const hold = (bytes: number) => {
      own += bytes;
      this.#held += bytes;
      if (own > mostInboundBytes) throw tooLong();
      if (this.#held > mostHeldBytes) {
        throw new ApiError('UNAVAILABLE', 'Too much is being received now. Send it again.', undefined, 1);
      }
    };
    try {
      return await use(await collect(request, hold));
    } finally {
      this.#held -= own;
    }
  }
}

const tooLong = () => new ApiError('LIMIT_EXCEEDED', `A request has at most ${mostInboundBytes} bytes.`, 'body');

function collect(request: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      try {
        hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        request.pause();
        request.removeAllListeners('data');
        reject(error);
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const brokenOff = () => {
      // Every request closes in the end, and an error costs more than all the rest of reading it.
      if (!request.complete) reject(invalid('body', 'The body broke off.'));
    };
    request.on('error', brokenOff);
    request.on('close', brokenOff);
  });
}
