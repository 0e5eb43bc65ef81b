import type { AnswerBudget } from '../core/answers/budgets.ts';
import { batched, type Loader } from './batched.ts';

/** Texts up to this many bytes come along with their length, as most do. */
const shortBytes = 4 * 1024;
/** Longer ones, up to this many bytes together, are read at once: the answer to a look-up is held twice while it is taken apart. */
const atOnceBytes = 1024 * 1024;
const any = 2 ** 31 - 1;

/** A stored text, or a few that are read together. */
export interface StoredText<T> {
  readonly id: string;
  readonly bytes: number;
  /** Of no meaning where it is longer than was asked for. */
  readonly value: T;
}

/**
 * Reads texts that tenants make as long as they like, by their keys. How long they are is known first, and what is more than the
 * operation may hold is not read.
 *
 * @param read - the lengths of the texts, and the texts themselves up to a length
 */
export function sized<T>(
  answer: AnswerBudget,
  read: (ids: string[], mostBytes: number) => Promise<readonly StoredText<T>[]>,
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
