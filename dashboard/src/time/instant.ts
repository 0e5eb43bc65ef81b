const isTime = (time: Date): boolean => !Number.isNaN(time.getTime());

/**
 * An instant as addresses hold it, so that a link means the same time wherever it is opened: `2026-03-01T09:00Z`. Null where the text is
 * no time. A time without a zone is the browser's: date fields write it so, and so did older links.
 */
export function instantText(text: string | null): string | null {
  const time = new Date(text ?? '');
  return isTime(time) ? time.toISOString().replace(/(?::00)?\.000Z$/, 'Z') : null;
}

/** What a date field shows of an instant: `2026-03-01T10:00`, in the browser's time zone. Empty where there is none. */
export function fieldText(instant: string | null): string {
  const time = new Date(instant ?? '');
  if (!isTime(time)) return '';
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** The time of an instant that an address holds. */
export const timeOf = (instant: string | null): Date | undefined => {
  const time = new Date(instant ?? '');
  return isTime(time) ? time : undefined;
};
