import type { Pool } from 'pg';
import { lookedAt, maxLookedAt, openRows, type Whose } from './openRows.ts';

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
  /** Whether counting stopped early: there are so many or more. */
  readonly isAtLeast: boolean;
}

/** Counts the open deliveries. The caller must check permissions. */
export type OpenDeliveries = (request: OpenRequest) => Promise<OpenCounts>;

const statement = (whose: Whose, most: number) => `
  WITH ${openRows({ whose, by: 'NULL::timestamptz', counted: 'true', most })}
  SELECT status, count::int, early FROM stopped LEFT JOIN open ON true`;

/** @param most - how many in one state are looked at */
export function createOpenDeliveries(pool: Pool, most = maxLookedAt): OpenDeliveries {
  return async ({ organizationId, projectId, webhookId }) => {
    const found = await lookedAt({ projectId, webhookId }, async (whose) => {
      const { rows } = await pool.query<{ status: string | null; count: number; early: boolean }>({
        name: `open_deliveries_${whose}`,
        text: statement(whose, most),
        values: [organizationId, projectId, webhookId],
      });
      return { rows, isAtLeast: rows.some(({ early }) => early) };
    });
    const of = (status: string) => found.rows.reduce((sum, row) => (row.status === status ? sum + row.count : sum), 0);
    return {
      pending: of('PENDING'),
      sending: of('SENDING'),
      retrying: of('RETRYING'),
      held: of('HELD'),
      isAtLeast: found.isAtLeast,
    };
  };
}
