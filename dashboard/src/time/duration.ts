import { spanOf } from './distance.ts';

/** Seconds of an ISO 8601 duration of weeks to seconds; null if it is not one. */
export function secondsOf(duration: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(duration);
  if (!match || duration === 'P' || duration.endsWith('T')) return null;
  const [, weeks, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0)) as number[];
  return ((weeks ?? 0) * 7 + (days ?? 0)) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** A duration in the usual notation: `5 min`, `1 h 30 min`, `240 ms`. */
export function durationText(duration: string): string {
  const seconds = secondsOf(duration);
  if (seconds === null) return duration;
  return seconds < 10 && seconds % 1 !== 0 ? `${Math.round(seconds * 1000)} ms` : spanOf(Math.round(seconds));
}

/** A duration for a form field: not rounded, and readable by `durationOf`. */
export function typedDuration(duration: string): string {
  const seconds = secondsOf(duration);
  return seconds === null || seconds % 1 !== 0 ? duration : spanOf(seconds, 4);
}

/** Seconds of each unit, by every word for it. */
const sizes: ReadonlyMap<string, number> = new Map(
  (
    [
      ['s sec second seconds', 1],
      ['m min minute minutes', 60],
      ['h hour hours', 3_600],
      ['d day days', 86_400],
    ] as const
  ).flatMap(([words, size]) => words.split(' ').map((word) => [word, size] as const)),
);

/** `30 s`, `5 min`, `1 h 30 min` or `PT5M` as an ISO 8601 duration; null if it is none of these. */
export function durationOf(text: string): string | null {
  const trimmed = text.trim();
  if (secondsOf(trimmed.toUpperCase()) !== null) return trimmed.toUpperCase();
  const parts = [...trimmed.toLowerCase().matchAll(/(\d+)\s*([a-z]+)\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== trimmed.toLowerCase()) return null;
  const seconds = parts.map(([, count, unit]) => Number(count) * (sizes.get(unit ?? '') ?? Number.NaN));
  const sum = seconds.reduce((all, each) => all + each, 0);
  return Number.isNaN(sum) ? null : `PT${sum}S`;
}
