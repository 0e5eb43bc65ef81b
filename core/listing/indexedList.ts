import type { Parameters } from './parameters.ts';

/** SQL that adds its values to the statement's. */
export type Sql = (parameters: Parameters) => string;

/** Runs of an index, each named by some columns. */
interface Runs {
  readonly sql: Sql;
  readonly count: number;
  /** Their columns, each with the name of its table: `scope.id`. */
  readonly columns: readonly string[];
}

/** Rows that one index keeps in the order of their ids: one run of it, or several that are merged. */
export interface Part {
  /** The runs, one row each: `unnest($1::uuid[]) AS run(webhook_id)`. Absent for a single run. */
  readonly runs?: Runs;
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
  const selects = parts.map((part) => {
    const { runs, from, where, id, fits = (sql: string) => sql } = part;
    const all = conditions.map(({ sql }) => sql(parameters)).join(' AND ');
    const firsts = (columns: string, most: number, within = '') => `
      SELECT ${columns}
        FROM ${from}
       WHERE ${where(parameters)}
         ${above === null ? '' : `AND ${id} > ${parameters.add(above, 'uuid')}`}
         ${below === null ? '' : `AND ${id} < ${parameters.add(below, 'uuid')}`}
         ${within}
       ORDER BY ${id} ${order}
       LIMIT ${most}`;
    const columns = `${id} AS id, ${conditions.length === 0 ? 'true' : `(${fits(all)}) IS TRUE`} AS fits`;
    if (!runs) return `(${firsts(columns, limit)})`;
    if (runs.count <= limit) {
      return `(SELECT part.* FROM ${runs.sql(parameters)}, LATERAL (${firsts(columns, limit)}) AS part)`;
    }
    const within = `AND ${id} ${newestFirst ? '>=' : '<='} ahead.furthest`;
    return `(SELECT part.* FROM ${leading(runs, firsts(`${id} AS id`, 1), limit, newestFirst, parameters)},
                    LATERAL (${firsts(columns, limit, within)}) AS part)`;
  });
  return `SELECT id, fits FROM (${selects.join(' UNION ALL ')}) AS parts ORDER BY id ${order} LIMIT ${limit}`;
}

/**
 * SQL for the runs that the first rows of all can be in, where there are more runs than rows are wanted: those with the first
 * heads. `ahead.furthest` is how far into them these rows can be.
 *
 * @param head - SQL for the first row of a run
 */
function leading(
  { sql, columns }: Runs,
  head: string,
  limit: number,
  newestFirst: boolean,
  parameters: Parameters,
): string {
  const order = newestFirst ? 'DESC' : 'ASC';
  const named = columns.map((column, index) => `${column} AS c${index}`).join(', ');
  const runs = columns.map((column, index) => {
    const [table, name] = column.split('.');
    return `LATERAL (SELECT ahead.c${index} AS ${name}) AS ${table}`;
  });
  const end = newestFirst ? '00000000-0000-0000-0000-000000000000' : 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  return `(
      SELECT heads.*, CASE WHEN count(*) OVER () < ${limit} THEN '${end}'::uuid
                           ELSE last_value(head) OVER (ORDER BY head ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                      END AS furthest
        FROM (SELECT ${named}, head.id AS head FROM ${sql(parameters)}, LATERAL (${head}) AS head
               ORDER BY head.id ${order} LIMIT ${limit}) AS heads
    ) AS ahead, ${runs.join(', ')}`;
}
