import type { Parameters } from './parameters.ts';

/** SQL that adds its values to the statement's. */
export type Sql = (parameters: Parameters) => string;

/** Rows that one index keeps in the order of their ids: one run of it, or several that are merged. */
export interface Part {
  /** The runs, one row each: `unnest($1::uuid[]) AS run(webhook_id)`. Absent for a single run. */
  readonly runs?: { readonly sql: Sql; readonly count: number };
  readonly from: string;
  /** What the index finds the rows by. */
  readonly where: Sql;
  /** The column of the id in the index. */
  readonly id: string;
  /** SQL: whether the row of the log fits conditions on it, where the part reads another table. */
  readonly fits?: (conditions: string) => string;
}

/** A way to read rows in the order of their ids: together, its parts have every row that fits what it covers. */
export interface IndexedList {
  readonly parts: readonly Part[];
  /** The names of the conditions that all of its rows fit. */
  readonly covers: readonly string[];
}

/** A condition of a filter on a row of the log. */
export interface Condition {
  readonly name: string;
  readonly sql: Sql;
}

/** A part of a list, in the order of its ids. Bounds are exclusive; null where there is none. */
export interface Bounds {
  readonly above: string | null;
  readonly below: string | null;
  readonly newestFirst: boolean;
}

/** Most runs of an index that are merged. */
export const maxRuns = 5_000;

/** So many rows of all runs together are read without a look ahead, which finds each run once more. */
const fewRows = 20_000;
/** Where there may be more, so many times the rows that are wanted are looked at first, as some runs have none of them. */
const spare = 2;

/** Those of the lists that have few enough runs; the first in any case. */
export function readable(lists: readonly IndexedList[]): readonly IndexedList[] {
  const short = lists.filter((list) => runsOf(list) <= maxRuns);
  return short.length > 0 ? short : lists.slice(0, 1);
}

/** The runs of the index that a read of the list looks up. */
export const runsOf = ({ parts }: IndexedList): number => parts.reduce((sum, { runs }) => sum + (runs?.count ?? 1), 0);

/**
 * SQL for the first rows of a list: `id`, and whether the row `fits`.
 *
 * @param limit - most rows of each run, and of all
 * @param conditions - with none, every row fits
 */
export function firstRows(
  { parts }: IndexedList,
  { above, below, newestFirst }: Bounds,
  limit: number,
  conditions: readonly Condition[],
  parameters: Parameters,
): string {
  const order = newestFirst ? 'DESC' : 'ASC';
  const selects = parts.map(({ runs, from, where, id, fits = (sql) => sql }) => {
    const all = conditions.map(({ sql }) => sql(parameters)).join(' AND ');
    const firsts = (columns: string, rows: string, within = '') => `
      SELECT ${columns}
        FROM ${from}
       WHERE ${where(parameters)}
         ${above === null ? '' : `AND ${id} > ${parameters.add(above, 'uuid')}`}
         ${below === null ? '' : `AND ${id} < ${parameters.add(below, 'uuid')}`}
         ${within}
       ORDER BY ${id} ${order}
       ${rows}`;
    const columns = `${id} AS id, ${conditions.length === 0 ? 'true' : `(${fits(all)}) IS TRUE`} AS fits`;
    if (!runs) return `(${firsts(columns, `LIMIT ${limit}`)})`;
    let within = '';
    if (runs.count * limit > fewRows) {
      // Of runs that have so many rows before some row, so few hold all that is wanted: none is read beyond it.
      const rowsEach = Math.ceil((spare * limit) / runs.count);
      const enoughRuns = Math.ceil(limit / rowsEach);
      const end = newestFirst ? '00000000-0000-0000-0000-000000000000' : 'ffffffff-ffff-ffff-ffff-ffffffffffff';
      within = `AND ${id} ${newestFirst ? '>=' : '<='} coalesce((
        SELECT reached.id
          FROM ${runs.sql(parameters)}, LATERAL (${firsts(`${id} AS id`, `OFFSET ${rowsEach - 1} LIMIT 1`)}) AS reached
         ORDER BY reached.id ${order} OFFSET ${enoughRuns - 1} LIMIT 1), '${end}')`;
    }
    return `(SELECT part.* FROM ${runs.sql(parameters)}, LATERAL (${firsts(columns, `LIMIT ${limit}`, within)}) AS part)`;
  });
  return `SELECT id, fits FROM (${selects.join(' UNION ALL ')}) AS parts ORDER BY id ${order} LIMIT ${limit}`;
}
