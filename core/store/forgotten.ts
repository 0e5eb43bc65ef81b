import type { Pool } from 'pg';

/** Rows that one sweep begins with. */
const maxForgotten = 100;

/** A row whose workflow does not run. */
export interface Forgotten {
  readonly id: string;
  readonly organizationId: string;
}

/**
 * Rows whose workflow may not run, for example because the process died before it started it. Organizations take turns: one that has
 * more of them than one sweep takes leaves others theirs. Within one they come in no order, so that each is found in the end,
 * though others are found again until it is their turn in a worker.
 *
 * @param which - SQL: a table with `id` and `organization_id`, and the condition
 */
export async function forgottenInTurns(pool: Pool, which: string): Promise<Forgotten[]> {
  const { rows } = await pool.query<Forgotten>(
    `SELECT id, organization_id AS "organizationId"
       FROM (SELECT id, organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY random()) AS turn
               FROM ${which}) forgotten
      ORDER BY turn, random()
      LIMIT $1`,
    [maxForgotten],
  );
  return rows;
}
