import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or how long ago: `2026-06-27T09:15:00Z`, `90m`, `2d`. */
export function time(text: string): Date {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const date =
    number !== undefined && unit !== undefined
      ? new Date(Date.now() - Number(number) * (units[unit] as number))
      : new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('Give a time such as 2026-06-27T09:15:00Z, or how long ago: 30s, 90m, 12h, 2d.');
}

/** A whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };

/** One of a few words, in any case. */
export const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((each) => each === text.toUpperCase().replaceAll('-', '_'));
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Give one of ${words.join(', ')}.`);
  };

/** Gathers an option that may be given several times. */
export const several =
  <Value>(parse: (text: string) => Value) =>
  (text: string, before: readonly Value[] | undefined): readonly Value[] => [...(before ?? []), parse(text)];

/** `key=value`, several times. */
export function pairs(text: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give it as key=value.');
  const key = text.slice(0, at);
  if (before !== undefined && Object.hasOwn(before, key)) throw new InvalidArgumentError(`"${key}" is given twice.`);
  return { ...before, [key]: text.slice(at + 1) };
}

export const text = (given: string): string => given;

/** Whether a name fits a pattern with `*` for any characters. */
export function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}
