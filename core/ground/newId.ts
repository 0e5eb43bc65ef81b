import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytesAnId = 16;
/** Random bytes are drawn for 256 ids at once: drawn for each id, they would take a twentieth of the time of a publish. */
const pool = Buffer.alloc(256 * bytesAnId);
let at = pool.length;
let msecs = 0;
let seq = 0;

/** So far ids run ahead of a clock that was set back, so that they still ascend. Far below `idSlackMs` of idTime.ts. */
const maxLeadMs = 5_000;

/**
 * A UUIDv7 (RFC 9562, section 5.7). Ids made by one process ascend, also within a millisecond: the time, then a counter that
 * starts at a random number each millisecond (section 6.2, method 1).
 *
 * A clock that is set far back takes the ids with it. Lists find a range of time by the ids, so an id must not name a time
 * that its row was not written at: those of an hour ahead would be missing from every list that ends before it.
 */
export function newId(): string {
  if (at === pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const random = pool.subarray(at, at + bytesAnId);
  at += bytesAnId;
  const now = Date.now();
  if (now > msecs || msecs - now > maxLeadMs) {
    msecs = now;
    // The counter's highest bit starts as 0, so that the counter does not overflow.
    seq = random.readUInt32BE(6) >>> 1;
  } else {
    seq = (seq + 1) >>> 0;
    if (seq === 0) msecs++;
  }
  return v7({ random, msecs, seq });
}
