/**
 * Upper bounds of the classes in which response times are counted, in milliseconds: 32 classes, each about 1.4 times as wide as
 * the one before, so that a percentile is off by a fifth at most. The first class is below 1, the last above all bounds.
 */
export const bounds: readonly number[] = [
  1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1_024, 1_448, 2_048, 2_896, 4_096, 5_793,
  8_192, 11_585, 16_384, 23_170, 32_768, 46_341,
];

export const classes: number = bounds.length + 1;

/** Upper bound of the last class: the longest timeout that a webhook can have. */
const maxMs = 60_000;

/** SQL for each class, numbered from 1. */
export const eachClass = (sql: (index: number) => string): string =>
  Array.from({ length: classes }, (_, index) => sql(index + 1)).join(', ');

/** SQL: the class of a response time, numbered from 1. */
export const classOf = (column: string): string => `width_bucket(${column}, '{${bounds.join(',')}}'::int[]) + 1`;

/**
 * The time within which the given part of the responses came.
 *
 * @param counts - number of responses in each class
 * @param part - 0.5 for the median
 * @returns milliseconds, interpolated between the bounds of the class; null without responses
 */
export function percentile(counts: readonly number[], part: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = part * total;
  let before = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const low = bounds[index - 1] ?? 0;
      const high = bounds[index] ?? maxMs;
      return Math.round(low + ((wanted - before) / count) * (high - low));
    }
    before += count;
  }
  return maxMs;
}
