import { ValidationError } from './errors.ts';

/** A span of time: from a time on, up to before another. */
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

/** A span as variables; an end that is open stays out. */
export const rangeText = ({ from, to }: TimeRange): { readonly from?: string; readonly to?: string } => ({
  ...(from === undefined ? {} : { from: timeText(from, 'from') }),
  ...(to === undefined ? {} : { to: timeText(to, 'to') }),
});
