import type { Inner } from './inner.ts';
import type { Schema } from './keywords.ts';
import type { Check } from './run.ts';

/** The checks of an array's items. */
export function arrayChecks(schema: Readonly<Record<string, unknown>>, inner: Inner): Check[] {
  const checks: Check[] = [];
  const { prefixItems, items, contains } = schema;
  if (prefixItems !== undefined || items !== undefined) {
    checks.push(itemsCheck((prefixItems ?? []) as Schema[], items as Schema | undefined, inner));
  }
  if (contains !== undefined) {
    const { minContains, maxContains } = schema as { minContains?: number; maxContains?: number };
    checks.push(
      containsCheck(inner.member(contains as Schema, '.contains'), minContains ?? 1, maxContains ?? null, inner.tracks),
    );
  }
  return checks;
}

function itemsCheck(prefixItems: readonly Schema[], items: Schema | undefined, inner: Inner): Check {
  const first = prefixItems.map((schema, index) => inner.member(schema, `.prefixItems[${index}]`));
  const others = items === undefined ? null : inner.member(items, '.items');
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    const { length } = value;
    for (let index = 0; index < length; index++) {
      const check = index < first.length ? (first[index] as Check) : others;
      if (check === null) break;
      if (!check(value[index], run)) return run.failedIn(index);
    }
    if (run.seen) {
      run.seen.items = Math.max(run.seen.items, Math.min(first.length, length));
      run.seen.allItems ||= others !== null;
    }
    return true;
  };
}

function containsCheck(check: Check, least: number, most: number | null, tracks: boolean): Check {
  const tooFew = `This must contain at least ${least} ${least === 1 ? 'item that fits' : 'items that fit'} what "contains" describes.`;
  const tooMany = `This must contain at most ${most} ${most === 1 ? 'item that fits' : 'items that fit'} what "contains" describes.`;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    let count = 0;
    const asked = run.questions.length;
    for (let index = 0; index < value.length; index++) {
      run.spend(1);
      const fits = check(value[index], run);
      if (run.isLate) return run.failedIn(index);
      if (!fits) continue;
      count++;
      if (most !== null && count > most && run.questions.length === asked) return run.fail(tooMany);
      run.seen?.indexes.add(index);
      if (most === null && count >= least && !tracks) return true;
    }
    return count >= least || run.fail(tooFew);
  };
}

/** Comes last: it applies only to items that no other keyword of the schema has evaluated. */
export function unevaluatedItems(schema: Schema, inner: Inner): Check {
  const check = inner.member(schema, '.unevaluatedItems');
  return (value, run) => {
    const { seen } = run;
    if (!Array.isArray(value) || !seen || seen.allItems) return true;
    for (let index = seen.items; index < value.length; index++) {
      run.spend(1);
      if (!seen.indexes.has(index) && !check(value[index], run)) return run.failedIn(index);
    }
    seen.allItems = true;
    return true;
  };
}
