import type { PrismaClient } from '../store/prisma/client.ts';

/** What of a webhook waits for its next attempt. */
export interface Backlog {
  /** Deliveries, counted up to {@link mostCounted}. */
  readonly waiting: number;
  /** When the first of them is due; null where none waits. */
  readonly nextDueAt: Date | null;
}

/** More than so many of one webhook are not counted where they are read with others': it would take too long. */
export const mostCounted = 10_000;

/** What of each of these webhooks waits, by the index `delivery_webhook_due_idx`. Who may see it is for the caller to decide. */
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
                      ORDER BY next_attempt_at LIMIT ${mostCounted}) AS first
           ) AS counted`;
  return rows.map(({ id, ...value }) => ({ id, value }));
}
