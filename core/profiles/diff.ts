import { equal } from '../json/equal.ts';
import { parseJson } from '../json/parseJson.ts';
import { membersOf, objectOf } from './jsonMembers.ts';

/** A top-level field whose value changed, as JSON text. A side without the field is undefined, because null is a value. */
export interface Change {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * The top-level fields that differ in value; the order of keys and the spelling of numbers do not count.
 * Fields of `after` come first, in its order, then removed fields.
 *
 * @returns null when either side is not an object, or there is no `before`.
 */
export function changesBetween(before: string | null, after: string): Change[] | null {
  const old = before === null ? null : membersOf(before);
  const current = membersOf(after);
  if (!old || !current) return null;
  return [...new Set([...current.keys(), ...old.keys()])]
    .map((field) => ({ field, before: old.get(field), after: current.get(field) }))
    .filter((change) => !sameValue(change.before, change.after));
}

/** Writes `{field: {before, after}}`, without the side that lacks the field. */
export function diffOf(changes: readonly Change[]): string {
  return objectOf(
    changes.map(({ field, before, after }) => {
      const sides = Object.entries({ before, after }).filter((side): side is [string, string] => side[1] !== undefined);
      return [field, objectOf(sides)];
    }),
  );
}

function sameValue(one: string | undefined, other: string | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return equal(parseJson(one), parseJson(other));
}
