import type { Pool } from 'pg';

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

export interface RowsRead {
  /** Counts what is read by its method `query`. */
  readonly pool: Pool;
  /** By all statements together. */
  rows: number;
  /** By the one that read most. */
  most: number;
}

/** Counts the rows of a table that statements read, whatever they make of them, by the plan of each. */
export function rowsRead(pool: Pool, table: string): RowsRead {
  const counting = {
    rows: 0,
    most: 0,
    pool: {
      async query(given: string | { text: string; values: unknown[] }, values: unknown[] = []) {
        const statement = typeof given === 'string' ? { text: given, values } : given;
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const text = `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`;
          const { rows } = await client.query({ text, values: statement.values });
          const read = rowsOf(rows[0]['QUERY PLAN'][0].Plan, table);
          counting.rows += read;
          counting.most = Math.max(counting.most, read);
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
