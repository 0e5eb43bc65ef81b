import type { AnswerBudget } from '../core/answers/budgets.ts';
import { batched, type Loader } from './batched.ts';

/** Texts up to this many bytes, as most are, are read together with their length. */
const shortBytes = 4 * 1024;
/** Longer texts are read in groups of up to this many bytes: a look-up's answer takes memory twice while it is decoded. */
const atOnceBytes = 1024 * 1024;
const any = 2 ** 31 - 1;

/** A stored text, or a few that are read together. */
export interface StoredText<T> {
  readonly id: string;
  readonly bytes: number;
  /** Without meaning where the text is longer than the limit of the read. */
  readonly value: T;
}

/**
 * Reads texts of any length, by their keys. It reads their lengths first, and then only the texts that the operation may still
 * hold.
 *
 * @param read - reads the lengths of the texts, and the texts themselves up to a length
 */
export function sized<T>(
  answer: AnswerBudget,
  read: (ids: string[], maxBytes: number) => Promise<readonly StoredText<T>[]>,
): Loader<T> {
  return batched(async (ids) => {
    const found = await read(ids, shortBytes);
    await answer.read(found.reduce((sum, { bytes }) => sum + bytes, 0));
    const rows = found.filter(({ bytes }) => bytes <= shortBytes);
    const long = found.filter(({ bytes }) => bytes > shortBytes);
    while (long.length > 0) {
      const part = [long.pop() as StoredText<T>];
      let size = part[0]?.bytes ?? 0;
      for (let next = long.at(-1); next && size + next.bytes <= atOnceBytes; next = long.at(-1)) {
        part.push(next);
        size += next.bytes;
        long.pop();
      }
      rows.push(
        ...(await read(
          part.map(({ id }) => id),
          any,
        )),
      );
    }
    return rows;
  });
}
