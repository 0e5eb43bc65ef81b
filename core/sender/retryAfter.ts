/** Longer waits say no more than "not soon"; it also keeps the number within what a database integer holds. */
const MAX_MS = 7 * 24 * 3600 * 1000;
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads a `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
 *
 * @returns milliseconds from `now`, between 0 and 7 days; null when the value is neither.
 */
export function parseRetryAfter(value: string, now: number): number | null {
  const text = value.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : IMF_FIXDATE.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), MAX_MS);
}
