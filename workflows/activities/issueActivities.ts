import type { SharedQuota } from '../../core/fairness/quota.ts';
import type { IssueWaker } from '../../core/issues/issueWaker.ts';
import { defer } from '../../core/issues/pending.ts';
import { type SyncInput, type SyncParts, type SyncResult, syncIssue } from '../../core/issues/syncIssue.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

export interface IssueActivityParts extends SyncParts {
  readonly issueWaker: IssueWaker;
}

/**
 * The activities that keep issues in sync.
 *
 * @param places - issues that are fetched in this process, by organization
 */
export function createIssueActivities(parts: IssueActivityParts, places: SharedQuota) {
  return {
    /** Fetches once for all reports before it. */
    syncIssueOnce: async (input: SyncInput): Promise<SyncResult> => {
      const work = () => whileBeating(() => syncIssue(parts, input));
      const organizationId = await parts.integrations.organizationOf(input.issue.projectId);
      // The project is gone: nothing is fetched.
      if (organizationId === null) return work();
      return inShare(places, organizationId, work, (ms) => defer(parts.pool, input.issue, ms));
    },
  };
}
