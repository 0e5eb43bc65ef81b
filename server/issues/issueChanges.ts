import type { Pool } from 'pg';

/** An issue that changed, as far as a live reader needs it. */
export interface IssueChanged {
  readonly issueId: string;
  /** Rises with every change of the issue. */
  readonly version: number;
  /** Milliseconds since 1970 by PostgreSQL's clock. */
  readonly changedAt: number;
}

export const changesAtOnce = 500;

/** At most `changesAtOnce` of a project's issues that changed at the position or later, in order of time, then id. */
export async function issuesChangedSince(
  pool: Pool,
  projectId: string,
  position: { readonly time: number; readonly id: string },
): Promise<IssueChanged[]> {
  const { rows } = await pool.query<[string, number, string]>({
    name: 'issues_changed_since',
    text: `SELECT id, version, (extract(epoch FROM changed_at) * 1000)::bigint FROM issue
            WHERE project_id = $1 AND changed_at >= $2 AND (changed_at, id) > ($2, $3)
            ORDER BY changed_at, id LIMIT ${changesAtOnce}`,
    values: [projectId, new Date(position.time).toISOString(), position.id],
    rowMode: 'array',
  });
  return rows.map(([issueId, version, time]) => ({ issueId, version, changedAt: Number(time) }));
}
