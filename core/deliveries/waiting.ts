/** A webhook's waiting deliveries. */
export interface Backlog {
  /** Deliveries, counted up to 10,000. */
  readonly waiting: number;
  /** When the first of them is due; null if none waits. */
  readonly nextDueAt: Date | null;
}

/** Runs a statement of PostgreSQL with one list of ids as $1. */
export type QueryByIds = <Row>(text: string, ids: string[]) => Promise<Row[]>;

/** Counting stops here: several webhooks are read together, and each workflow counts often. */
const maxCounted = 10_000;

/** Counts the waiting deliveries of webhooks, by the index `delivery_webhook_due_idx`. The caller checks who may see them. */
export async function readBacklogs(
  query: QueryByIds,
  webhookIds: readonly string[],
): Promise<{ id: string; value: Backlog }[]> {
  const rows = await query<Backlog & { id: string }>(
    `SELECT w.id, counted.waiting, counted."nextDueAt"
       FROM unnest($1::uuid[]) AS w(id),
            LATERAL (
              SELECT count(*)::int AS waiting, min(due) AS "nextDueAt"
                FROM (SELECT next_attempt_at AS due FROM delivery
                       WHERE webhook_id = w.id AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
                       ORDER BY next_attempt_at LIMIT ${maxCounted}) AS first
            ) AS counted`,
    [...webhookIds],
  );
  return rows.map(({ id, ...value }) => ({ id, value }));
}
