const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** What to write where {@link readDateTime} finds no time. */
export const dateTimeHint = 'Write a time as RFC 3339 with its offset, for example "2026-06-27T09:15:23Z".';

/** Reads a time of RFC 3339 with its offset; null for any other text, and for a day that the calendar does not have. */
export function readDateTime(text: string): Date | null {
  const match = rfc3339.exec(text);
  if (!match) return null;
  const [, year, month, day] = match;
  const date = new Date(match[0].toUpperCase());
  // Date turns 30 February into a day in March; a calendar day must exist.
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  // An offset may lead out of the four-digit years, and the store reads only those.
  const utcYear = date.getUTCFullYear();
  return Number(day) >= 1 && Number(day) <= days && utcYear >= 1 && utcYear <= 9_999 ? date : null;
}
