import type pg from 'pg';
import { Gate } from '../fairness/gate.ts';
import type { Topic } from './hint.ts';

/** The latest state of something that changed, as far as a live reader needs it to know whether it is concerned. */
export interface Change {
  readonly id: string;
  /** Rises with every change of it. */
  readonly version: number;
  /** Milliseconds since 1970 by PostgreSQL's clock. */
  readonly changedAt: number;
}

/** What is followed as a whole: an organization, or one of its projects. */
export interface Scope {
  readonly organizationId: string;
  /** The organization's own id, or the project's. */
  readonly id: string;
}

/** A kind of thing that changes, and the table that holds it, which needs an index by scope and time of change. */
export interface ChangeSource<C extends Change> {
  /** Of the hints that name it. */
  readonly topic: Topic;
  /** How errors name it: `delivery`, `deliveries` and `organization`, for example. */
  readonly names: { readonly one: string; readonly many: string; readonly scope: string };
  /** A table, or a join of some, in SQL. */
  readonly from: string;
  /** The scope's id, in SQL. */
  readonly scope: string;
  /** Each member of a change in SQL; `changedAt` as PostgreSQL's time with a time zone. */
  readonly columns: Readonly<Record<keyof C & string, string>>;
}

/** A place between two changes of a scope, which are in order of time, then id. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/** Before every change of that time or later. */
export const startOf = (time: number): Position => ({ time, id: '00000000-0000-0000-0000-000000000000' });

/** Reads changes from the table, always by scope, never many at a time, and never taking more than a few connections. */
export interface ChangeReader<C extends Change> {
  /** PostgreSQL's clock, and a time before which every change is visible to whoever reads from now on. */
  watermark(): Promise<{ now: number; complete: number }>;
  byIds(scope: Scope, ids: readonly string[]): Promise<C[]>;
  /** At most `pageSize` changes after the position, in order; with `before`, only those of an earlier time. */
  after(scope: Scope, position: Position, before?: number): Promise<C[]>;
  /** Which of these scopes, by their ids, have a change at the time given for each, or later. */
  changedSince(floors: ReadonlyMap<string, number>): Promise<ReadonlySet<string>>;
}

export const pageSize = 1_000;

/*
 * `changed_at` is taken inside a transaction, and a reader sees it after the commit: times do not become visible in
 * order. But no transaction writes a time before its own start, so nothing can still appear from before the start of the
 * oldest that runs now, or from before this statement where none runs. The margin is for clocks that are set back. No
 * statement of Everhook may run for a minute, so what has run longer is not one that changes anything (a dump, a
 * report), and nobody waits for it.
 */
const watermarkSql = `
  SELECT (extract(epoch FROM now()) * 1000)::float8 AS now,
         floor(extract(epoch FROM greatest(
           now() - interval '1 minute',
           least(now(), min(xact_start)) - $1 * interval '1 millisecond'
         )) * 1000)::float8 AS complete
  FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

function statements<C extends Change>({ from, scope, columns }: ChangeSource<C>) {
  const { id, changedAt } = columns;
  const selected = Object.entries({ ...columns, changedAt: `(extract(epoch FROM ${changedAt}) * 1000)::float8` });
  const select = `SELECT ${selected.map(([name, sql]) => `${sql} AS "${name}"`).join(', ')} FROM ${from}`;
  return {
    byIds: `${select} WHERE ${scope} = $1 AND ${id} = ANY($2::uuid[]) AND ${changedAt} IS NOT NULL`,
    after: `
      ${select}
      WHERE ${scope} = $1 AND ${changedAt} >= $2 AND (${changedAt}, ${id}) > ($2, $3)
        AND ${changedAt} < coalesce($4, 'infinity'::timestamptz)
      ORDER BY ${changedAt}, ${id}
      LIMIT ${pageSize}`,
    changedSince: `
      SELECT scope.id FROM unnest($1::uuid[], $2::timestamptz[]) AS scope(id, floor)
      WHERE EXISTS (SELECT FROM ${from} WHERE ${scope} = scope.id AND ${changedAt} >= scope.floor)`,
  };
}

const instant = (time: number) => new Date(time).toISOString();

/**
 * @param overlapMs - how much earlier than the oldest running transaction the watermark lies
 * @param connections - most connections of the pool used at a time: the pool serves publishing as well
 */
export function createChangeReader<C extends Change>(
  pool: pg.Pool,
  source: ChangeSource<C>,
  overlapMs: number,
  connections: number,
): ChangeReader<C> {
  const gate = new Gate(connections);
  const sql = statements(source);

  /** @param holder - the organization for whom it is, or what concerns all: they take turns */
  async function read<Row extends object>(holder: string, text: string, values: unknown[]): Promise<Row[]> {
    const leave = await gate.enter(holder);
    try {
      return (await pool.query<Row>(text, values)).rows;
    } finally {
      leave();
    }
  }

  return {
    async watermark() {
      const [row] = await read<{ now: number; complete: number }>('all', watermarkSql, [overlapMs]);
      if (row === undefined) throw new Error('An aggregate without groups gives one row.');
      return row;
    },
    byIds: ({ organizationId, id }, ids) => read<C>(organizationId, sql.byIds, [id, ids]),
    after: ({ organizationId, id }, position, before) =>
      read<C>(organizationId, sql.after, [
        id,
        instant(position.time),
        position.id,
        before === undefined ? null : instant(before),
      ]),
    async changedSince(floors) {
      const times = [...floors.values()].map(instant);
      const rows = await read<{ id: string }>('all', sql.changedSince, [[...floors.keys()], times]);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
