import type pg from 'pg';
import { Gate } from '../fairness/gate.ts';
import type { Topic } from './hint.ts';

/** The latest state of something that changed, with just enough for a live reader to know whether it is concerned. */
export interface Change {
  readonly id: string;
  /** Rises with every change. */
  readonly version: number;
  /** Milliseconds since 1970 by PostgreSQL's clock. */
  readonly changedAt: number;
}

/** What a subscriber follows: an organization, or one of its projects. */
export interface Scope {
  readonly organizationId: string;
  /** The organization's own id, or the project's. */
  readonly id: string;
}

/** A kind of thing that changes, and the table that holds it, which needs an index by scope and time of change. */
export interface ChangeSource<C extends Change> {
  /** The topic of its hints. */
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

/** A position between two changes of a scope. Changes are ordered by time, then id. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/** Before every change of that time or later. */
export const startOf = (time: number): Position => ({ time, id: '00000000-0000-0000-0000-000000000000' });

/** Reads changes from the table: always by scope, in small pages, and with few connections. */
export interface ChangeReader<C extends Change> {
  /** PostgreSQL's clock, and a time before which every change is visible to all reads from now on. */
  watermark(): Promise<{ now: number; complete: number }>;
  byIds(scope: Scope, ids: readonly string[]): Promise<C[]>;
  /** At most `pageSize` changes after the position, in order; with `before`, only those of an earlier time. */
  after(scope: Scope, position: Position, before?: number): Promise<C[]>;
  /** Which of these scopes have a change at or after their floor. */
  changedSince(floors: ReadonlyMap<string, number>): Promise<ReadonlySet<string>>;
}

export const pageSize = 1_000;

/*
 * `changed_at` is taken inside a transaction, and a reader sees it after the commit, so times do not become visible in
 * order. But no transaction writes a time before its own start. So no change can still appear from before the start of the
 * oldest running transaction, or from before this statement where none runs. The margin is for clocks that are set back. No
 * statement of Everhook may run for a minute, so a transaction that has run longer (a dump, a report) changes nothing here,
 * and readers do not wait for it.
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
 * @param overlapMs - margin between the watermark and the oldest running transaction
 * @param maxConnections - most connections of the pool used at a time: the pool serves publishing as well
 */
export function createChangeReader<C extends Change>(
  pool: pg.Pool,
  source: ChangeSource<C>,
  overlapMs: number,
  maxConnections: number,
): ChangeReader<C> {
  const gate = new Gate(maxConnections);
  const sql = statements(source);

  /** @param holder - the organization that the read is for, or `all`: holders take turns */
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
