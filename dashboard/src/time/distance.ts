import { relativeFormat } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

const format = relativeFormat({ numeric: 'auto' });
const briefly = relativeFormat({ numeric: 'always', style: 'narrow' });

/** The distance of a time from now in words: `2 hours ago`, `in 5 minutes`; in the short form `2h ago`. */
export function distance(time: string | number | Date, now = Date.now(), brief = false): string {
  const seconds = Math.round((new Date(time).getTime() - now) / 1000);
  if (Math.abs(seconds) < 5) return wordsOf('common')('time.justNow');
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return (brief ? briefly : format)().format(Math.trunc(seconds / size), unit);
}

/** The time left until a moment: `4 min 12 s`; empty once it has come. */
export function countdown(time: string, now = Date.now(), maxUnits = 2): string | null {
  const seconds = Math.ceil((new Date(time).getTime() - now) / 1000);
  return seconds <= 0 ? null : spanOf(seconds, maxUnits);
}

/** A span of whole seconds in its largest units, at most as many as given. */
export function spanOf(seconds: number, maxUnits = 2): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [name, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, maxUnits).join(' ') || '0 s';
}
