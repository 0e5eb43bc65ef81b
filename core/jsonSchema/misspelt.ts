import { nearest } from '../../client-sdk/src/nearest.ts';
import type { CloserLook } from './run.ts';

/** Maximum number of names that one is compared with. */
const maxCompared = 200;

/** For a member that the schema does not have: the one that was probably meant. */
export const misspelling =
  (name: string, known: ReadonlySet<string>): CloserLook =>
  () => {
    const meant = known.size > maxCompared ? null : nearest(name, [...known]);
    if (meant === null) return null;
    return {
      member: name,
      message: `The event type’s schema has no such property. Did you mean ${JSON.stringify(meant)}?`,
    };
  };

/** For a member that is missing: the one that was probably meant to be it. */
export const misspelt =
  (missing: string, value: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): CloserLook =>
  () => {
    const names = Object.keys(value);
    if (names.length > maxCompared) return null;
    const member = names.find((name) => !known.has(name) && nearest(name, [missing]) !== null);
    if (member === undefined) return null;
    return {
      member,
      message: `The event type’s schema requires ${JSON.stringify(missing)}, which is missing. Did you mean that instead?`,
    };
  };
