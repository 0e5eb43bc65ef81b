import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { GatheredBytes } from '../../client-sdk/src/receivers/gatheredBytes.ts';
import type { Entrance } from '../../core/fairness/entrance.ts';
import { SharedQuota } from '../../core/fairness/quota.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';

/** Bytes of all unfinished bodies together: a body is held until it is whole, and then until what it asks for is done. */
const maxUnfinishedBytes = 256 * 1024 * 1024;

const nothing = Buffer.alloc(0);

/** A body that has been received. Its bytes count until it is closed. */
export interface Body {
  /** Bytes. */
  readonly length: number;
  /**
   * Waits for the tenant's turn and gives the text, once: until then it is only bytes, which cost the garbage collector nothing.
   *
   * @throws ApiError VALIDATION_FAILED if it is not UTF-8
   */
  text(): Promise<string>;
  /** To be called when what it asked for is done. */
  close(): void;
}

/** Reads request bodies, and bounds how many bytes each organization may hold of those that are not done. */
export class Bodies {
  readonly #entrance: Entrance;
  readonly #quota: SharedQuota;
  readonly #maxBytes: number;

  /**
   * @param entrance - gives the turns in which a request goes on after its body was read
   * @param maxBytes - of one body
   * @param maxTotalBytes - of all unfinished bodies; one organization gets three quarters of what the others leave
   *   free
   */
  constructor(entrance: Entrance, maxBytes: number, maxTotalBytes = maxUnfinishedBytes) {
    this.#entrance = entrance;
    this.#maxBytes = maxBytes;
    this.#quota = new SharedQuota(maxTotalBytes);
  }

  /**
   * Reads a request's body as text, up to the limit. Then waits for its tenant's turn.
   *
   * @throws as {@link open}
   */
  read(request: IncomingMessage, tenant: string): Promise<string> {
    return this.received(request, tenant, (_, text) => text());
  }

  /**
   * Receives a request's body, and closes it after the work.
   *
   * @param work - gets the length in bytes, and the function that gives the text
   * @throws as {@link open}
   */
  async received<T>(
    request: IncomingMessage,
    tenant: string,
    work: (length: number, text: () => Promise<string>) => Promise<T>,
  ): Promise<T> {
    const body = await this.open(request, tenant);
    try {
      return await work(body.length, body.text);
    } finally {
      body.close();
    }
  }

  /**
   * Receives a request's body, up to the limit.
   *
   * @throws ApiError LIMIT_EXCEEDED (field `body`) for a longer one, VALIDATION_FAILED if it breaks off, UNAVAILABLE if the tenant
   *   has too many unfinished bytes already
   */
  async open(request: IncomingMessage, tenant: string): Promise<Body> {
    const maxBytes = this.#maxBytes;
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong(maxBytes);
    let held = 0;
    const close = () => {
      if (held > 0) this.#quota.release(tenant, held);
      held = 0;
    };
    try {
      let body = await collect(request, maxBytes, (bytes) => {
        if (!this.#quota.take(tenant, bytes)) return false;
        held += bytes;
        return true;
      });
      const text = async () => {
        const turn = this.#entrance.enter(tenant);
        if (turn) await turn;
        const bytes = body;
        // What it asks for may take long, and holds this function.
        body = nothing;
        if (!isUtf8(bytes)) throw invalid('body', 'The body is not UTF-8.');
        return bytes.toString('utf8');
      };
      return { length: body.length, text, close };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Counts bytes of a tenant that another part holds until they are whole. @returns whether they may be held */
  hold(tenant: string, bytes: number): boolean {
    return this.#quota.take(tenant, bytes);
  }

  /** Releases what {@link hold} counted. */
  give(tenant: string, bytes: number): void {
    if (bytes > 0) this.#quota.release(tenant, bytes);
  }
}

const tooMany = () =>
  new ApiError(
    'UNAVAILABLE',
    'This organization has too many unfinished requests open. Finish those, and try again in 5 s.',
    undefined,
    5,
  );

const tooLong = (maxBytes: number) =>
  new ApiError('LIMIT_EXCEEDED', `A request body has at most ${maxBytes} bytes. Send less at a time.`, 'body');

/** @param hold - whether a chunk of so many bytes may be held */
function collect(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gathered = new GatheredBytes();
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.pause();
        reject(tooLong(maxBytes));
      } else if (hold(chunk.length)) gathered.add(chunk);
      else {
        request.pause();
        reject(tooMany());
      }
    });
    request.on('end', () => {
      const { buffer, byteOffset, byteLength } = gathered.whole();
      resolve(Buffer.from(buffer, byteOffset, byteLength));
    });
    const brokenOff = () => reject(invalid('body', 'The body broke off.'));
    request.on('error', brokenOff);
    request.on('aborted', brokenOff);
    if (request.destroyed) brokenOff();
  });
}
