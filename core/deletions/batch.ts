import type { PoolClient } from 'pg';
import { firstId } from '../ground/idTime.ts';
import { unlabelDeliveries, unlabelEvents } from '../labels/labelRows.ts';
import type { Doomed } from './plan.ts';

/** Whose rows: an organization's or, where a project is named, that project's. */
export interface DeletionScope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

export interface Batch {
  /** How many rows of each table went. */
  readonly removed: Readonly<Record<string, number>>;
  /** Where the next batch of this table begins; null where there is none, or the table has no order. */
  readonly from: string | null;
  /** Whether there may be more of this table. */
  readonly more: boolean;
}

const none: Batch = { removed: {}, from: null, more: false };

/** Takes away up to `size` rows of one table. @param from - where the last batch ended; null: at the beginning */
export function removeBatch(
  transaction: PoolClient,
  doomed: Doomed,
  scope: DeletionScope,
  from: string | null,
  size: number,
): Promise<Batch> {
  if (doomed.table === 'delivery') return removeDeliveries(transaction, doomed, scope, from, size);
  if (doomed.table === 'event') return removeEvents(transaction, scope, from, size);
  return removeRows(transaction, doomed, scope, from, size);
}

/** The condition of a scope's rows, and its parameters. Null where the table holds none. */
function which(doomed: Doomed, { organizationId, projectId }: DeletionScope): [text: string, values: unknown[]] | null {
  if (projectId === null) return [`${doomed.organization} AND $2::uuid IS NULL`, [organizationId, null]];
  return doomed.project === null ? null : [`${doomed.project} AND $1::uuid IS NOT NULL`, [organizationId, projectId]];
}

async function removeRows(
  transaction: PoolClient,
  doomed: Doomed,
  scope: DeletionScope,
  from: string | null,
  size: number,
): Promise<Batch> {
  const found = which(doomed, scope);
  if (found === null) return none;
  const [text, values] = found;
  const { table, order } = doomed;
  const key = order?.column ?? 'ctid';
  const sorted = order
    ? `AND ($3::${order.type} IS NULL OR t.${key} >= $3::${order.type}) ORDER BY t.${key}`
    : 'AND $3::text IS NULL';
  const { rows } = await transaction.query<{ removed: number; last: string | null }>(
    `WITH doomed AS MATERIALIZED (SELECT t.ctid AS place, t.${key} AS key FROM "${table}" t WHERE ${text} ${sorted} LIMIT $4),
          gone AS (DELETE FROM "${table}" WHERE ctid = ANY (ARRAY(SELECT place FROM doomed)) RETURNING 1)
     SELECT (SELECT count(*)::int FROM gone) AS removed, ${order ? '(SELECT max_of.key::text FROM doomed max_of ORDER BY max_of.key DESC LIMIT 1)' : 'NULL'} AS last`,
    [...values, order ? from : null, size],
  );
  const removed = rows[0]?.removed ?? 0;
  return { removed: { [table]: removed }, from: rows[0]?.last ?? from, more: removed === size };
}

async function removeDeliveries(
  transaction: PoolClient,
  doomed: Doomed,
  scope: DeletionScope,
  from: string | null,
  size: number,
): Promise<Batch> {
  const [text, values] = which(doomed, scope) as [string, unknown[]];
  const { rows } = await transaction.query<{ deliveries: number; attempts: number; last: string | null }>(
    `WITH doomed AS MATERIALIZED (
       SELECT t.id FROM delivery t WHERE ${text} AND t.id >= $3::uuid ORDER BY t.id LIMIT $4
     ),
     ${goneDeliveries}
     SELECT (SELECT count(*)::int FROM gone) AS deliveries, (SELECT count(*)::int FROM attempts) AS attempts,
            (SELECT id FROM doomed ORDER BY id DESC LIMIT 1) AS last`,
    [...values, from ?? firstId, size],
  );
  const { deliveries = 0, attempts = 0, last = null } = rows[0] ?? {};
  return { removed: { delivery: deliveries, attempt: attempts }, from: last ?? from, more: deliveries === size };
}

/** SQL: takes the deliveries of `doomed` (id) away, with their labels and attempts. */
const goneDeliveries = `
  gone AS (DELETE FROM delivery WHERE id = ANY (ARRAY(SELECT id FROM doomed)) RETURNING id, event_id),
  labels AS (${unlabelDeliveries}),
  attempts AS (DELETE FROM attempt WHERE delivery_id = ANY (ARRAY(SELECT id FROM doomed)) RETURNING 1)`;

/** SQL: takes the events with the ids $1 away, with their labels. */
const goneEvents = `
  WITH gone AS (DELETE FROM event WHERE id = ANY ($1::uuid[]) RETURNING id, organization_id, type, labels),
       labels AS (${unlabelEvents})
  SELECT count(*)::int AS count FROM gone`;

interface Page {
  readonly ids: string[];
  readonly last: string | null;
}

/** What the organization's own webhooks got of a project's events goes first, up to `size` deliveries at a time. */
async function removeEvents(
  transaction: PoolClient,
  scope: DeletionScope,
  from: string | null,
  size: number,
): Promise<Batch> {
  const { rows: pages } = await transaction.query<Page>(...page(scope, from, size));
  const { ids, last } = pages[0] as Page;
  const { rows: sent } = await transaction.query<{ deliveries: number; attempts: number }>(
    `WITH doomed AS MATERIALIZED (SELECT id FROM delivery WHERE event_id = ANY ($1::uuid[]) LIMIT $2),
     ${goneDeliveries}
     SELECT (SELECT count(*)::int FROM gone) AS deliveries, (SELECT count(*)::int FROM attempts) AS attempts`,
    [ids, size],
  );
  const { deliveries = 0, attempts = 0 } = sent[0] ?? {};
  // Their labels are found by their events: those stay until all of theirs are gone.
  if (deliveries === size) return { removed: { delivery: deliveries, attempt: attempts }, from, more: true };
  const { rows: gone } = await transaction.query<{ count: number }>(goneEvents, [ids]);
  return {
    removed: { event: gone[0]?.count ?? 0, delivery: deliveries, attempt: attempts },
    from: last ?? from,
    more: ids.length === size,
  };
}

/**
 * An organization's events are in the order of their ids; a project's by type and id, as its index has them. There `from` is both:
 * an id alone, which later rounds begin with, is the beginning.
 */
function page({ organizationId, projectId }: DeletionScope, from: string | null, size: number): [string, unknown[]] {
  if (projectId === null) {
    return [
      `WITH page AS MATERIALIZED (
         SELECT id FROM event WHERE organization_id = $1::uuid AND id >= $2::uuid ORDER BY id LIMIT $3
       )
       SELECT coalesce(array_agg(id), '{}') AS ids, (SELECT id::text FROM page ORDER BY id DESC LIMIT 1) AS last FROM page`,
      [organizationId, from ?? firstId, size],
    ];
  }
  const [, id = firstId, type = ''] = /^([^ ]+) (.*)$/s.exec(from ?? '') ?? [];
  return [
    `WITH page AS MATERIALIZED (
       SELECT type, id FROM event WHERE project_id = $1::uuid AND (type, id) >= ($2::text, $3::uuid) ORDER BY type, id LIMIT $4
     )
     SELECT coalesce(array_agg(id), '{}') AS ids,
            (SELECT id || ' ' || type FROM page ORDER BY page.type DESC, page.id DESC LIMIT 1) AS last
       FROM page`,
    [projectId, type, id, size],
  ];
}
