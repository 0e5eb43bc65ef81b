import { ValidationError } from './errors.ts';

/** A period: from a time on (included) to another (excluded). */
export interface TimeRange {
  readonly from?: Date | string | undefined;
  readonly to?: Date | string | undefined;
}

/** An RFC 3339 time. @throws ValidationError for an invalid `Date` */
export function timeText(time: Date | string, field: string): string {
  if (typeof time === 'string') return time;
  if (Number.isNaN(time.getTime())) throw new ValidationError('This date is invalid.', { field });
  return time.toISOString();
}

/** A period as variables, without an open end. */
export const rangeText = ({ from, to }: TimeRange): { readonly from?: string; readonly to?: string } => ({
  ...(from === undefined ? {} : { from: timeText(from, 'from') }),
  ...(to === undefined ? {} : { to: timeText(to, 'to') }),
});
