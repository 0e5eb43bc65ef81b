import type { Pool, PoolClient } from 'pg';

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

type Given = string | Statement;

export interface RowsRead {
  /** Counts what is read by its method `query`, and by that of its connections. */
  readonly pool: Pool;
  /** By all statements together. */
  rows: number;
  /** By the one that read most. */
  most: number;
}

/** Counts the rows of a table that statements read, whatever they make of them, by the plan of each. */
export function rowsRead(pool: Pool, table: string): RowsRead {
  const count = (plan: Plan): void => {
    const read = rowsOf(plan, table);
    counting.rows += read;
    counting.most = Math.max(counting.most, read);
  };
  const counting = {
    rows: 0,
    most: 0,
    pool: {
      async query(given: Given, values: unknown[] = []) {
        const statement = typeof given === 'string' ? { text: given, values } : given;
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          count(await explain(client, statement));
        } finally {
          await client.query('ROLLBACK');
          client.release();
        }
        return pool.query(statement);
      },
      async connect() {
        const client = await pool.connect();
        return Object.assign(Object.create(client), {
          async query(given: Given) {
            if (typeof given === 'string') return client.query(given);
            await client.query('SAVEPOINT explained');
            count(await explain(client, given));
            await client.query('ROLLBACK TO explained');
            return client.query(given);
          },
          release: (broken: boolean) => client.release(broken),
        });
      },
    } as unknown as Pool,
  };
  return counting;
}

async function explain(client: PoolClient, { text, values }: Statement): Promise<Plan> {
  const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
  return rows[0]['QUERY PLAN'][0].Plan;
}

function rowsOf(plan: Plan, table: string): number {
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0);
  const own = plan['Relation Name'] === table ? (plan['Actual Rows'] + removed) * plan['Actual Loops'] : 0;
  return (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each, table), own);
}
