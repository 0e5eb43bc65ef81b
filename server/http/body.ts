import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Entrance } from '../../core/fairness/entrance.ts';
import { SharedPlaces } from '../../core/fairness/quota.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';

/** Bodies of which more is to come, in bytes of all of them: what is sent slowly is held until it is whole. */
const mostUnfinished = 256 * 1024 * 1024;

/** Reads requests' bodies, and holds no more of those that are not finished than an organization's share. */
export class Bodies {
  readonly #entrance: Entrance;
  readonly #places: SharedPlaces;
  readonly #mostBytes: number;

  /**
   * @param entrance - in whose turns it goes on with what was read
   * @param mostBytes - the longest body
   * @param mostOfAll - of all that are being read; an organization has three quarters of what others leave free
   */
  constructor(entrance: Entrance, mostBytes: number, mostOfAll = mostUnfinished) {
    this.#entrance = entrance;
    this.#mostBytes = mostBytes;
    this.#places = new SharedPlaces(mostOfAll);
  }

  /**
   * Reads a request's body as text, and no more of it than allowed. Goes on when it is its tenant's turn.
   *
   * @throws ApiError LIMIT_EXCEEDED (field `body`) for a longer one, VALIDATION_FAILED for what is not UTF-8 or breaks off,
   *   UNAVAILABLE where too much of the tenant's is being read already
   */
  async read(request: IncomingMessage, tenant: string): Promise<string> {
    const mostBytes = this.#mostBytes;
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLong(mostBytes);
    let held = 0;
    try {
      const body = await collect(request, mostBytes, (bytes) => {
        if (!this.#places.take(tenant, bytes)) return false;
        held += bytes;
        return true;
      });
      const turn = this.#entrance.enter(tenant);
      if (turn) await turn;
      if (!isUtf8(body)) throw invalid('body', 'The body is not UTF-8.');
      return body.toString('utf8');
    } finally {
      if (held > 0) this.#places.give(tenant, held);
    }
  }

  /** Counts bytes of a tenant that something else holds until they are whole. @returns whether they may be held */
  hold(tenant: string, bytes: number): boolean {
    return this.#places.take(tenant, bytes);
  }

  /** Gives back what {@link hold} counted. */
  give(tenant: string, bytes: number): void {
    if (bytes > 0) this.#places.give(tenant, bytes);
  }
}

const tooMany = () =>
  new ApiError(
    'UNAVAILABLE',
    'Too many unfinished requests of this organization are held now. Finish those, and try again in 5 s.',
    undefined,
    5,
  );

const tooLong = (mostBytes: number) =>
  new ApiError('LIMIT_EXCEEDED', `A request body has at most ${mostBytes} bytes. Send less at a time.`, 'body');

/** @param hold - whether a piece of so many bytes may be held */
function collect(request: IncomingMessage, mostBytes: number, hold: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > mostBytes) {
        request.pause();
        reject(tooLong(mostBytes));
      } else if (hold(chunk.length)) chunks.push(chunk);
      else {
        request.pause();
        reject(tooMany());
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const brokenOff = () => reject(invalid('body', 'The body broke off.'));
    request.on('error', brokenOff);
    request.on('aborted', brokenOff);
    if (request.destroyed) brokenOff();
  });
}
