import type { Pool } from 'pg';

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** A pool that also says how many rows of a table its statements read, whatever they make of them, by the plan of each. */
export function rowsRead(pool: Pool, table: string): { readonly pool: Pool; rows: number } {
  const counting = {
    rows: 0,
    pool: {
      async query(given: string | { text: string; values: unknown[] }, values: unknown[] = []) {
        const statement = typeof given === 'string' ? { text: given, values } : given;
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const text = `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`;
          const { rows } = await client.query({ text, values: statement.values });
          counting.rows += rowsOf(rows[0]['QUERY PLAN'][0].Plan, table);
        } finally {
          await client.query('ROLLBACK');
          client.release();
        }
        return pool.query(statement);
      },
    } as unknown as Pool,
  };
  return counting;
}

function rowsOf(plan: Plan, table: string): number {
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0);
  const own = plan['Relation Name'] === table ? (plan['Actual Rows'] + removed) * plan['Actual Loops'] : 0;
  return (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each, table), own);
}
