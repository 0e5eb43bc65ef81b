import type { IncomingMessage } from 'node:http';
import { SharedQuotas } from '../../core/fairness/sharedQuotas.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { FairTurns, type Sender } from './fairTurns.ts';

/**
 * Largest request of a tracker, in bytes: GitHub sends up to 25 MB and nothing larger, Jira and Azure DevOps less. An
 * issue event has some tens of KB, but a hook that is set to all events also sends pushes, which must be answered, not
 * refused.
 */
export const maxInboundBytes = 25 * 1024 * 1024;
/** Bytes processed in one piece: less than a millisecond's work, whatever they hold. */
const pieceBytes = 16 * 1024;
/** Concurrent requests of one organization, of which one webhook has three quarters at most; all with an unknown token count as one. */
const maxConcurrent = 500;
const tooMany = `At most ${maxConcurrent} requests of an organization are received at once, and of those at most three quarters for one webhook.`;
/** Share of the thread, which serves everybody. */
const share = 1 / 3;
const burstMs = 4;

/**
 * Reads requests as they come, piece by piece, and keeps none of it. Organizations take turns, and within each its webhooks;
 * a sender that is faster than its turns is slowed down by its connection.
 */
export class InboundBodies {
  readonly #turns = new FairTurns(share, burstMs);
  readonly #quota = new SharedQuotas(maxConcurrent);

  /**
   * @param sender - in whose turns it is read
   * @param take - receives every byte, in order
   * @throws ApiError LIMIT_EXCEEDED before anything is read if the length says so, otherwise as soon as there is too
   *   much; RATE_LIMITED if the sender has too many requests open
   */
  async read(request: IncomingMessage, sender: Sender, take: (piece: Buffer) => void): Promise<void> {
    if (Number(request.headers['content-length'] ?? 0) > maxInboundBytes) throw tooLong();
    const release = this.#quota.acquire(sender.tenant, sender.webhook);
    if (release === null) {
      throw new ApiError('RATE_LIMITED', tooMany, undefined, 1);
    }
    try {
      await this.#readAll(request, sender, take);
    } finally {
      release();
    }
  }

  #readAll(request: IncomingMessage, sender: Sender, take: (piece: Buffer) => void): Promise<void> {
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
          this.#turns.later(sender, () => {
            try {
              piece();
              read(chunk, at);
            } catch (error) {
              fail(error);
            }
          });
        } else if (waits) {
          waits = false;
          // The end is emitted even while paused, if the last chunk was everything.
          if (isEnded) resolve();
          else request.resume();
        }
      };
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > maxInboundBytes) fail(tooLong());
        else read(chunk, 0);
      });
      request.on('end', () => {
        isEnded = true;
        if (!waits) resolve();
      });
      const brokenOff = () => {
        // Every request closes in the end, and creating an error costs more than all the rest of reading it. A
        // body that came whole may still be unread when its sender leaves: then no end is emitted.
        if (!isEnded) reject(invalid('body', 'The body broke off.'));
      };
      request.on('error', brokenOff);
      request.on('close', brokenOff);
      if (request.destroyed) brokenOff();
    });
  }
}

const tooLong = () => new ApiError('LIMIT_EXCEEDED', `A request has at most ${maxInboundBytes} bytes.`, 'body');
