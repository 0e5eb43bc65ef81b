import { ValidationError } from './errors.ts';
import { durationNames, jsonNames, timeNames } from './generated/scalars.ts';

declare const flavour: unique symbol;

/** A time as the API writes it: RFC 3339 in UTC, such as `2026-06-27T09:15:23.000Z`. */
export type DateTime = string & { readonly [flavour]?: 'time' };
/** A duration as the API writes it: ISO 8601, such as `PT1M` or `PT0.25S`. */
export type Duration = string & { readonly [flavour]?: 'duration' };

/** A time in a call: a `Date`, or RFC 3339 with an offset. */
export type TimeInput = Date | string;
/** A duration in a call: a whole number of milliseconds, or ISO 8601. */
export type DurationInput = number | string;

type FlavourOf<Value> = Value extends { readonly [flavour]?: infer Flavour }
  ? unknown extends Flavour
    ? never
    : NonNullable<Flavour>
  : never;

type IsA<Value, Flavour extends string> = [FlavourOf<NonNullable<Value>>] extends [never]
  ? false
  : FlavourOf<NonNullable<Value>> extends Flavour
    ? true
    : false;
type ItemOf<Value> = NonNullable<Value> extends ReadonlyArray<infer Item> ? Item : never;
type NullOf<Value> = Extract<Value, null | undefined>;

/**
 * A result with a `Date` beside each time (`createdAt`, `createdAtDate`), and a number of milliseconds beside each duration (`timeout`,
 * `timeoutMs`; `retrySchedule`, `retryScheduleMs`). The API's own text stays, so a result that went through JSON still has every time.
 */
export type WithTimes<Result> = Result extends string
  ? Result
  : Result extends ReadonlyArray<infer Item>
    ? ReadonlyArray<WithTimes<Item>>
    : Result extends object
      ? { readonly [Name in keyof Result]: WithTimes<Result[Name]> } & {
          readonly [Name in keyof Result as Name extends string
            ? IsA<Result[Name], 'time'> extends true
              ? `${Name}Date`
              : never
            : never]: Date | NullOf<Result[Name]>;
        } & {
          readonly [Name in keyof Result as Name extends string
            ? true extends IsA<Result[Name], 'duration'> | IsA<ItemOf<Result[Name]>, 'duration'>
              ? `${Name}Ms`
              : never
            : never]:
            | (NonNullable<Result[Name]> extends readonly unknown[] ? readonly number[] : number)
            | NullOf<Result[Name]>;
        }
      : Result;

const apiTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const apiDuration = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** A duration of the API in milliseconds; null for text that is none. */
export function durationMs(duration: string): number | null {
  const parts = apiDuration.exec(duration);
  if (!parts) return null;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 * 1000 + Math.round(seconds * 1000);
}

/** Adds the times of an answer, in place: it was just parsed, and nobody else has it. */
export function addTimes<Result>(result: Result): WithTimes<Result> {
  add(result);
  return result as WithTimes<Result>;
}

function add(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) add(item);
    return;
  }
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    const added = addedBeside.get(name);
    if (added === undefined) {
      if (typeof member === 'object' && member !== null) add(member);
    } else if (added !== null) {
      const converted = added.convert(member);
      if (converted !== undefined) members[added.name] = converted;
    }
  }
}

interface Added {
  readonly name: string;
  /** Undefined: the name is that of something else here, such as the `from` of a change of health. */
  convert(member: unknown): Date | number | null | readonly (number | null)[] | undefined;
}

function dateOf(member: unknown): Date | null | undefined {
  if (typeof member === 'string') return apiTime.test(member) ? new Date(member) : undefined;
  return member === null ? null : undefined;
}

function millisecondsOf(member: unknown): number | null | readonly (number | null)[] | undefined {
  if (typeof member === 'string') return durationMs(member);
  if (Array.isArray(member)) return member.map(durationMs);
  return member === null ? null : undefined;
}

/** What is added beside a member, by its name; null where it is the caller's own JSON, which stays as it is. */
const addedBeside: ReadonlyMap<string, Added | null> = /* @__PURE__ */ new Map<string, Added | null>([
  ...[...timeNames].map((name) => [name, { name: `${name}Date`, convert: dateOf }] as const),
  ...[...durationNames].map((name) => [name, { name: `${name}Ms`, convert: millisecondsOf }] as const),
  ...[...jsonNames].map((name) => [name, null] as const),
]);

/**
 * Variables as the API takes them: a `Date` as text, a number of milliseconds as a duration.
 *
 * @throws ValidationError for an invalid date or number
 */
export function wireOf(value: unknown, name = '', path = ''): unknown {
  if (value instanceof Date) return timeText(value, path);
  if (typeof value === 'number') return durationNames.has(name) ? durationText(value, path) : value;
  if (typeof value !== 'object' || value === null || jsonNames.has(name)) return value;
  if (Array.isArray(value)) return value.map((item, index) => wireOf(item, name, `${path}[${index}]`));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, wireOf(member, key, path ? `${path}.${key}` : key)]),
  );
}

/** @throws ValidationError */
function durationText(milliseconds: number, field: string): string {
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return `PT${milliseconds / 1000}S`;
  throw new ValidationError('A duration must be a whole number of milliseconds, or text such as "PT1M".', { field });
}

/** An RFC 3339 time. @throws ValidationError for an invalid `Date` */
export function timeText(time: TimeInput, field: string): string {
  if (typeof time === 'string') return time;
  if (Number.isNaN(time.getTime())) throw new ValidationError('This date is invalid.', { field });
  return time.toISOString();
}
