import type { IncomingMessage } from 'node:http';
import { Quota } from '../../core/fairness/quota.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { FairTurns } from './fairTurns.ts';

/**
 * Largest request of a tracker, in bytes: GitHub sends up to 25 MB and nothing larger, Jira and Azure DevOps less. An event of
 * an issue has some tens of KB, but a hook that is set to all events sends pushes, which are to be answered, not refused.
 */
export const mostInboundBytes = 25 * 1024 * 1024;
/** What is looked at in one piece, in bytes: less than a millisecond's work, whatever it holds. */
const pieceBytes = 16 * 1024;
/** Requests of one organization under way at once, and all of those that name nobody. */
const mostAtOnce = 500;
/** Of the thread that serves everybody. */
const share = 1 / 3;
const burstMs = 4;

/**
 * Reads requests as they come, piece by piece, and keeps none of it. Organizations take turns; a sender that is faster than its
 * turns is held back by its connection.
 */
export class InboundBodies {
  readonly #turns = new FairTurns(share, burstMs);
  readonly #places = new Quota(mostAtOnce);

  /**
   * @param holder - whose turns they are
   * @param take - is given every byte, in order
   * @throws ApiError LIMIT_EXCEEDED before anything is read where the length says so, and else as soon as there is too much;
   * RATE_LIMITED where the holder has too many under way
   */
  async read(request: IncomingMessage, holder: string, take: (piece: Buffer) => void): Promise<void> {
    if (Number(request.headers['content-length'] ?? 0) > mostInboundBytes) throw tooLong();
    const release = this.#places.take(holder);
    if (release === null) {
      throw new ApiError('RATE_LIMITED', `At most ${mostAtOnce} requests at once are received.`, undefined, 1);
    }
    try {
      await this.#readAll(request, holder, take);
    } finally {
      release();
    }
  }

  #readAll(request: IncomingMessage, holder: string, take: (piece: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let received = 0;
      let isEnded = false;
      /** Whether a chunk waits for its turn. */
      let waits = false;
      const fail = (error: unknown) => {
        request.pause();
        request.removeAllListeners('data');
        reject(error);
      };
      const read = (chunk: Buffer, begin: number) => {
        let at = begin;
        const piece = () => {
          const end = at + pieceBytes;
          take(chunk.subarray(at, end));
          at = end;
        };
        try {
          while (at < chunk.length && this.#turns.now(piece));
        } catch (error) {
          return fail(error);
        }
        if (at < chunk.length) {
          waits = true;
          request.pause();
          this.#turns.later(holder, () => {
            try {
              piece();
              read(chunk, at);
            } catch (error) {
              fail(error);
            }
          });
        } else if (waits) {
          waits = false;
          // The end is told also while it is paused, if the last chunk is all there was.
          if (isEnded) resolve();
          else request.resume();
        }
      };
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > mostInboundBytes) fail(tooLong());
        else read(chunk, 0);
      });
      request.on('end', () => {
        isEnded = true;
        if (!waits) resolve();
      });
      const brokenOff = () => {
        // Every request closes in the end, and an error costs more than all the rest of reading it. What has come whole may
        // still lie unread when its sender leaves: then no end is told of.
        if (!isEnded) reject(invalid('body', 'The body broke off.'));
      };
      request.on('error', brokenOff);
      request.on('close', brokenOff);
      if (request.destroyed) brokenOff();
    });
  }
}

const tooLong = () => new ApiError('LIMIT_EXCEEDED', `A request has at most ${mostInboundBytes} bytes.`, 'body');
