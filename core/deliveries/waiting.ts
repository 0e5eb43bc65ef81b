import type { PrismaClient } from '../store/prisma/client.ts';

/** A webhook's waiting deliveries. */
export interface Backlog {
  /** Deliveries, counted up to {@link maxCounted}. */
  readonly waiting: number;
  /** When the first of them is due; null if none waits. */
  readonly nextDueAt: Date | null;
}

/** Counting stops here: several webhooks are read together, and more would take too long. */
export const maxCounted = 10_000;

/** Counts the waiting deliveries of webhooks, by the index `delivery_webhook_due_idx`. The caller checks who may see them. */
export async function readBacklogs(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  webhookIds: readonly string[],
): Promise<{ id: string; value: Backlog }[]> {
  const rows = await prisma.$queryRaw<(Backlog & { id: string })[]>`
    SELECT w.id, counted.waiting, counted."nextDueAt"
      FROM unnest(${webhookIds}::uuid[]) AS w(id),
           LATERAL (
             SELECT count(*)::int AS waiting, min(due) AS "nextDueAt"
               FROM (SELECT next_attempt_at AS due FROM delivery
                      WHERE webhook_id = w.id AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
                      ORDER BY next_attempt_at LIMIT ${maxCounted}) AS first
           ) AS counted`;
  return rows.map(({ id, ...value }) => ({ id, value }));
}
