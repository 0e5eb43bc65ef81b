import { heartbeat } from '@temporalio/activity';
import type { IssueWaker } from '../../core/issues/issueWaker.ts';
import { type SyncInput, type SyncParts, type SyncResult, syncIssue } from '../../core/issues/syncIssue.ts';

export interface IssueActivityParts extends SyncParts {
  readonly issueWaker: IssueWaker;
}

/** The activities that keep issues in sync. */
export function createIssueActivities(parts: IssueActivityParts) {
  return {
    /** Fetches once for all reports before it. */
    async syncIssueOnce(input: SyncInput): Promise<SyncResult> {
      const timer = setInterval(() => heartbeat(), 2_000);
      try {
        return await syncIssue(parts, input);
      } finally {
        clearInterval(timer);
      }
    },
  };
}
