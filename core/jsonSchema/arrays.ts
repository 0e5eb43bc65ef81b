import type { Schema } from './keywords.ts';
import { always, type Check } from './run.ts';
import type { Subschemas } from './subschemas.ts';

/** The checks of an array's items. */
export function arrayChecks(schema: Readonly<Record<string, unknown>>, subschemas: Subschemas): Check[] {
  const checks: Check[] = [];
  const { prefixItems, items, contains } = schema;
  if (prefixItems !== undefined || items !== undefined) {
    checks.push(itemsCheck((prefixItems ?? []) as Schema[], items as Schema | undefined, subschemas));
  }
  if (contains !== undefined) {
    const { minContains, maxContains } = schema as { minContains?: number; maxContains?: number };
    checks.push(
      containsCheck(
        subschemas.member(contains as Schema, '.contains'),
        minContains ?? 1,
        maxContains ?? null,
        subschemas.tracks,
      ),
    );
  }
  return checks;
}

function itemsCheck(prefixItems: readonly Schema[], items: Schema | undefined, subschemas: Subschemas): Check {
  const first = prefixItems.map((schema, index) => subschemas.member(schema, `.prefixItems[${index}]`));
  const rest = items === undefined ? null : subschemas.member(items, '.items');
  const others = rest === always ? null : rest;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    const { length } = value;
    for (let index = 0; index < length; index++) {
      const check = index < first.length ? (first[index] as Check) : others;
      if (check === null) break;
      if (!check(value[index], run)) return run.failedIn(index);
    }
    if (run.evaluated) {
      run.evaluated.items = Math.max(run.evaluated.items, Math.min(first.length, length));
      run.evaluated.allItems ||= rest !== null;
    }
    return true;
  };
}

function containsCheck(check: Check, min: number, max: number | null, tracks: boolean): Check {
  const tooFew = `This must contain at least ${min} ${min === 1 ? 'item that fits' : 'items that fit'} what "contains" describes.`;
  const tooMany = `This must contain at most ${max} ${max === 1 ? 'item that fits' : 'items that fit'} what "contains" describes.`;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    let count = 0;
    const asked = run.questions.length;
    for (let index = 0; index < value.length; index++) {
      run.spend(1);
      const fits = check(value[index], run);
      if (run.isTimedOut) return run.failedIn(index);
      if (!fits) continue;
      count++;
      if (max !== null && count > max && run.questions.length === asked) return run.fail(tooMany);
      run.evaluated?.addIndex(index, run);
      if (max === null && count >= min && !tracks) return true;
    }
    return count >= min || run.fail(tooFew);
  };
}

/** Comes last: it applies only to items that no other keyword of the schema has evaluated. */
export function unevaluatedItems(schema: Schema, subschemas: Subschemas): Check {
  const check = subschemas.member(schema, '.unevaluatedItems');
  return (value, run) => {
    const { evaluated } = run;
    if (!Array.isArray(value) || !evaluated || evaluated.allItems) return true;
    for (let index = evaluated.items; index < value.length; index++) {
      run.spend(1);
      if (!evaluated.hasIndex(index) && !check(value[index], run)) return run.failedIn(index);
    }
    evaluated.allItems = true;
    return true;
  };
}
