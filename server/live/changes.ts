import type pg from 'pg';
import { Gate } from '../fairness/gate.ts';
import type { DeliveryStatus } from '../store/prisma/enums.ts';

/** The latest state of a delivery, as far as a live reader needs it to know whether it is concerned. */
export interface Change {
  readonly deliveryId: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly status: DeliveryStatus;
  /** Rises with every change of the delivery. */
  readonly version: number;
  /** Milliseconds since 1970 by PostgreSQL's clock. */
  readonly changedAt: number;
}

/** A place between two changes of an organization, which are in order of time, then id. */
export interface Position {
  readonly time: number;
  readonly id: string;
}

/** Before every change of that time or later. */
export const startOf = (time: number): Position => ({ time, id: '00000000-0000-0000-0000-000000000000' });

/** Reads changes from the table, always by organization, never many at a time, and never taking more than a few connections. */
export interface ChangeReader {
  /** PostgreSQL's clock, and a time before which every change is visible to whoever reads from now on. */
  watermark(): Promise<{ now: number; complete: number }>;
  byIds(organizationId: string, ids: readonly string[]): Promise<Change[]>;
  /** At most `pageSize` changes after the position, in order; with `before`, only those of an earlier time. */
  after(organizationId: string, position: Position, before?: number): Promise<Change[]>;
  /** Which of these organizations have a change at the time given for each, or later. */
  changedSince(floors: ReadonlyMap<string, number>): Promise<ReadonlySet<string>>;
}

export const pageSize = 1_000;

type Row = [string, string, string | null, string | null, DeliveryStatus, number, string];

const columns = `d.id, d.organization_id, d.project_id, d.webhook_id, d.status, d.version,
  (extract(epoch FROM d.changed_at) * 1000)::bigint`;

/*
 * `changed_at` is taken inside a transaction, and a reader sees it after the commit: times do not become visible in
 * order. But no transaction writes a time before its own start, so nothing can still appear from before the start of the
 * oldest that runs now, or from before this statement where none runs. The margin is for clocks that are set back. No
 * statement of Everhook may run for a minute, so what has run longer is not one that changes deliveries (a dump, a
 * report), and nobody waits for it.
 */
const watermarkSql = `
  SELECT (extract(epoch FROM now()) * 1000)::bigint,
         floor(extract(epoch FROM greatest(
           now() - interval '1 minute',
           least(now(), min(xact_start)) - $1 * interval '1 millisecond'
         )) * 1000)::bigint
  FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

const byIdsSql = `SELECT ${columns} FROM delivery d WHERE d.organization_id = $1 AND d.id = ANY($2::uuid[])`;

const afterSql = `
  SELECT ${columns} FROM delivery d
  WHERE d.organization_id = $1 AND d.changed_at >= $2 AND (d.changed_at, d.id) > ($2, $3)
    AND d.changed_at < coalesce($4, 'infinity'::timestamptz)
  ORDER BY d.changed_at, d.id
  LIMIT ${pageSize}`;

const changedSinceSql = `
  SELECT organization.id FROM unnest($1::uuid[], $2::timestamptz[]) AS organization(id, floor)
  WHERE EXISTS (SELECT FROM delivery d WHERE d.organization_id = organization.id AND d.changed_at >= organization.floor)`;

const instant = (time: number) => new Date(time).toISOString();

/**
 * @param overlapMs - how much earlier than the oldest running transaction the watermark lies
 * @param connections - most connections of the pool used at a time: the pool serves publishing as well
 */
export function createChangeReader(pool: pg.Pool, overlapMs: number, connections: number): ChangeReader {
  const gate = new Gate(connections);

  /** @param holder - the organization for whom it is, or what concerns all: they take turns */
  async function read<R extends unknown[]>(holder: string, text: string, values: unknown[]): Promise<R[]> {
    const leave = await gate.enter(holder);
    try {
      return (await pool.query<R>({ text, values, rowMode: 'array' })).rows;
    } finally {
      leave();
    }
  }

  const toChange = ([deliveryId, organizationId, projectId, webhookId, status, version, time]: Row): Change => ({
    deliveryId,
    organizationId,
    projectId,
    webhookId,
    status,
    version,
    changedAt: Number(time),
  });

  return {
    async watermark() {
      const [row] = await read<[string, string]>('all', watermarkSql, [overlapMs]);
      if (row === undefined) throw new Error('An aggregate without groups gives one row.');
      return { now: Number(row[0]), complete: Number(row[1]) };
    },
    async byIds(organizationId, ids) {
      return (await read<Row>(organizationId, byIdsSql, [organizationId, ids])).map(toChange);
    },
    async after(organizationId, { time, id }, before) {
      const end = before === undefined ? null : instant(before);
      return (await read<Row>(organizationId, afterSql, [organizationId, instant(time), id, end])).map(toChange);
    },
    async changedSince(floors) {
      const rows = await read<[string]>('all', changedSinceSql, [
        [...floors.keys()],
        [...floors.values()].map(instant),
      ]);
      return new Set(rows.map(([id]) => id));
    },
  };
}
