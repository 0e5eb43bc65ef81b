import { setTimeout as delay } from 'node:timers/promises';
import type { AnswerLimits } from '../../core/answers/limits.ts';

/** Answers up to this many bytes go out at once; longer ones piece by piece, as fast as their reader takes them. */
export const maxUnpacedBytes = 64 * 1024;
/** Size of one piece, in bytes. */
const pieceBytes = 256 * 1024;

/** How long this process waits for slow readers. */
export type ReaderLimits = Pick<AnswerLimits, 'stalledMs' | 'minBytesPerSecond'>;

/** The destination of an answer. */
export interface Reader {
  readonly gone: boolean;
  /**
   * Writes a piece. @returns a promise that resolves once the reader has taken it or has gone; null if the next may
   * follow at once
   */
  write(piece: Buffer, last: boolean): Promise<unknown> | null;
  /** Ends the connection. */
  disconnect(): void;
}

/** Writes a long answer at its reader's pace. A reader that takes nothing, or too little, is cut off. */
export async function writePaced(
  answer: readonly Buffer[],
  reader: Reader,
  { stalledMs, minBytesPerSecond }: ReaderLimits,
): Promise<void> {
  const began = performance.now();
  let handed = 0;
  const last = answer.at(-1);
  for (const part of answer) {
    for (let at = 0; at < part.length; at += pieceBytes) {
      if (reader.gone) return;
      const piece = part.subarray(at, at + pieceBytes);
      handed += piece.length;
      const taken = reader.write(piece, part === last && at + pieceBytes >= part.length);
      if (taken === null) continue;
      const latest = began + stalledMs + (handed / minBytesPerSecond) * 1_000;
      const patient = new AbortController();
      const inTime = await Promise.race([
        taken.then(() => true),
        delay(Math.min(stalledMs, latest - performance.now()), false, { signal: patient.signal }).catch(() => true),
      ]);
      patient.abort();
      if (!inTime) return reader.disconnect();
    }
  }
}

/**
 * Encodes texts as bytes, short ones joined. Bytes are held once; the texts would stay in memory beside them until the
 * last is taken.
 */
export function bytesOf(texts: readonly string[]): Buffer[] {
  const parts: Buffer[] = [];
  let short = '';
  const flush = () => {
    if (short !== '') parts.push(Buffer.from(short));
    short = '';
  };
  for (const text of texts) {
    if (text.length < maxUnpacedBytes && short.length < maxUnpacedBytes) short += text;
    else {
      flush();
      if (text.length < maxUnpacedBytes) short = text;
      else parts.push(Buffer.from(text));
    }
  }
  flush();
  return parts;
}
