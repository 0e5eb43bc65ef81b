import type { PoolClient } from 'pg';
import { newId } from '../ground/newId.ts';
import type { IssueChange, StoredIssue } from './issueEvent.ts';
import type { IssueRef } from './provider.ts';
import type { TrackedIssue } from './trackers/tracker.ts';

/** The change that a fetch brought. */
export interface StoredChange {
  readonly change: IssueChange;
  readonly issue: StoredIssue;
  readonly before: StoredIssue | null;
}

interface Row {
  id: string;
  organization_id: string;
  external_key: string;
  title: string;
  state: string;
  priority: string | null;
  assignee: string | null;
  url: string;
  external_changed_at: Date;
  removed_at: Date | null;
  created_at: Date;
}

const columns =
  'id, organization_id, external_key, title, state, priority, assignee, url, external_changed_at, removed_at, created_at';

/**
 * Stores an issue as the tracker showed it; `tracked` is null where the tracker has none. Runs inside the caller's transaction.
 *
 * @returns null where no stored field has changed
 */
export async function storeIssue(
  client: PoolClient,
  ref: IssueRef,
  organizationId: string,
  ownerId: string | null,
  tracked: TrackedIssue | null,
): Promise<StoredChange | null> {
  const key = [ref.projectId, ref.provider, ref.externalId];
  const { rows } = await client.query<Row>({
    name: 'issue_for_update',
    text: `SELECT ${columns} FROM issue WHERE project_id = $1 AND provider = $2::issue_provider AND external_id = $3 FOR UPDATE`,
    values: key,
  });
  const [row] = rows;
  const before = row ? issueOf(ref, row) : null;

  if (tracked === null) {
    if (!row || !before || row.removed_at !== null) return null;
    await client.query(
      `UPDATE issue SET removed_at = clock_timestamp(), version = version + 1, changed_at = clock_timestamp() WHERE id = $1`,
      [row.id],
    );
    return { change: 'deleted', issue: before, before };
  }

  const values = [
    tracked.key,
    tracked.title,
    tracked.state,
    tracked.priority,
    tracked.assignee,
    tracked.url,
    tracked.changedAt,
  ];
  if (!row || !before) {
    const id = newId();
    const { rows: made } = await client.query<Row>(
      `INSERT INTO issue (id, organization_id, project_id, provider, external_id, creator_id,
                          external_key, title, state, priority, assignee, url, external_changed_at, created_at, changed_at)
       VALUES ($1, $2, $3, $4::issue_provider, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(), clock_timestamp())
       RETURNING ${columns}`,
      [id, organizationId, ...key, ownerId, ...values],
    );
    return { change: 'created', issue: issueOf(ref, made[0] as Row), before: null };
  }
  // An older answer that arrived late must not replace a newer one.
  if (tracked.changedAt < row.external_changed_at) return null;
  const issue: StoredIssue = { ...before, ...tracked };
  if (row.removed_at === null && isSame(before, tracked)) return null;
  await client.query(
    `UPDATE issue SET external_key = $2, title = $3, state = $4, priority = $5, assignee = $6, url = $7,
            external_changed_at = $8, removed_at = NULL, version = version + 1, changed_at = clock_timestamp()
      WHERE id = $1`,
    [row.id, ...values],
  );
  return { change: row.removed_at === null ? 'updated' : 'created', issue, before };
}

const isSame = (stored: StoredIssue, tracked: TrackedIssue) =>
  (['key', 'title', 'state', 'priority', 'assignee', 'url'] as const).every((name) => stored[name] === tracked[name]);

const issueOf = (ref: IssueRef, row: Row): StoredIssue => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: ref.projectId,
  provider: ref.provider,
  externalId: ref.externalId,
  key: row.external_key,
  title: row.title,
  state: row.state,
  priority: row.priority,
  assignee: row.assignee,
  url: row.url,
  createdAt: row.created_at,
});
