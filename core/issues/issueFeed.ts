import { type ChangeFeedOptions, createChangeFeed, type Hints } from '../live/changeFeed.ts';
import type { Change, ChangeSource } from '../live/changeSource.ts';
import type { ChangeSubscription } from '../live/changeStream.ts';

export type IssueSubscription = ChangeSubscription<Change>;

/** Changes of a project's issues. */
export interface IssueFeed {
  /** See {@link ChangeFeed.changes}. The table holds only the latest state of each issue, so no cursor is too old. */
  changes(request: {
    organizationId: string;
    projectId: string;
    after?: string | undefined;
    signal: AbortSignal;
  }): IssueSubscription;
  /** See {@link ChangeFeed.cursor}. */
  cursor(projectId: string): Promise<string>;
  close(): Promise<void>;
}

const issueSource: ChangeSource<Change> = {
  topic: 'issue',
  names: { one: 'issue', many: 'issues', scope: 'project' },
  from: 'issue i',
  scope: 'i.project_id',
  columns: { id: 'i.id', version: 'i.version', changedAt: 'i.changed_at' },
};

export function createIssueFeed(parts: ChangeFeedOptions & { liveFeed: Hints }): IssueFeed {
  const feed = createChangeFeed(issueSource, parts.liveFeed, parts);
  return {
    ...feed,
    changes: ({ organizationId, projectId, after, signal }) =>
      feed.changes({ scope: { organizationId, id: projectId }, after, signal }),
  };
}
