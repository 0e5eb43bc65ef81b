/** The fewest bars that a chart shows. */
const least = 12;

/**
 * The buckets from a little before the first that has anything in it: hours before there was anything would take most of a chart's
 * width and tell nothing.
 */
export function trimmed<Bucket extends { readonly total: number }>(buckets: readonly Bucket[]): readonly Bucket[] {
  const first = buckets.findIndex(({ total }) => total > 0);
  if (first <= 1) return buckets;
  return buckets.slice(Math.max(0, Math.min(first - 1, buckets.length - least)));
}
