import type { Part } from './indexedList.ts';

type Runs = NonNullable<Part['runs']>;

/** A run for each id: `scope.id`. */
export const perScope = (ids: readonly string[]): Runs => ({
  count: ids.length,
  sql: (p) => `unnest(${p.add(ids, 'uuid[]')}) AS scope(id)`,
});

/** A run for each id with each value: `scope.id` and `each.value`. @param type - of the values, an array in SQL */
export const perScopeAnd = (ids: readonly string[], values: readonly string[], type = 'text[]'): Runs => ({
  count: ids.length * values.length,
  sql: (p) => `${perScope(ids).sql(p)}, unnest(${p.add(values, type)}) AS each(value)`,
});
