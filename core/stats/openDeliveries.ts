import type { Pool } from 'pg';

export interface OpenRequest {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
}

/** The outbound deliveries that have not ended, whatever their age. */
export interface OpenCounts {
  readonly pending: number;
  readonly sending: number;
  readonly retrying: number;
  readonly held: number;
}

/** Counts the open deliveries. The caller must check permissions. */
export type OpenDeliveries = (request: OpenRequest) => Promise<OpenCounts>;

// The condition on DELIVERED is redundant: it lets PostgreSQL use the partial index of deliveries that are not DELIVERED.
const statement = `
  SELECT status, count(*)::int AS count FROM delivery
   WHERE organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2) AND ($3::uuid IS NULL OR webhook_id = $3)
     AND status IN ('PENDING', 'SENDING', 'RETRYING', 'HELD') AND status <> 'DELIVERED' AND webhook_id IS NOT NULL
     AND (status <> 'HELD' OR NOT is_test)
   GROUP BY status`;

export function createOpenDeliveries(pool: Pool): OpenDeliveries {
  return async ({ organizationId, projectId, webhookId }) => {
    const { rows } = await pool.query<{ status: string; count: number }>({
      name: 'open_deliveries',
      text: statement,
      values: [organizationId, projectId, webhookId],
    });
    const of = (status: string) => rows.find((row) => row.status === status)?.count ?? 0;
    return { pending: of('PENDING'), sending: of('SENDING'), retrying: of('RETRYING'), held: of('HELD') };
  };
}
