import { spanOf } from './distance.ts';

/** Seconds of an ISO 8601 duration of weeks to seconds; null where it is none. */
export function secondsOf(duration: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(duration);
  if (!match || duration === 'P' || duration.endsWith('T')) return null;
  const [, weeks, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0)) as number[];
  return ((weeks ?? 0) * 7 + (days ?? 0)) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** A duration as people write it: `5 min`, `1 h 30 min`, `240 ms`. */
export function durationText(duration: string): string {
  const seconds = secondsOf(duration);
  if (seconds === null) return duration;
  return seconds < 10 && seconds % 1 !== 0 ? `${Math.round(seconds * 1000)} ms` : spanOf(Math.round(seconds));
}

/** A duration as it is typed into a form: nothing of it is rounded away, and `durationOf` reads it. */
export function typedDuration(duration: string): string {
  const seconds = secondsOf(duration);
  return seconds === null || seconds % 1 !== 0 ? duration : spanOf(seconds, 4);
}

const sizes: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** `30 s`, `5 min`, `1 h 30 min` or `PT5M` as an ISO 8601 duration; null where it is none of them. */
export function durationOf(text: string): string | null {
  const trimmed = text.trim();
  if (secondsOf(trimmed.toUpperCase()) !== null) return trimmed.toUpperCase();
  const parts = [...trimmed.toLowerCase().matchAll(/(\d+)\s*(min|m|h|d|s)[a-z]*\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== trimmed.toLowerCase()) return null;
  return `PT${parts.reduce((sum, [, count, unit]) => sum + Number(count) * (sizes[unit ?? 's'] ?? 1), 0)}S`;
}
