import type { IssueWaker } from '../../core/issues/issueWaker.ts';
import { type SyncInput, type SyncParts, type SyncResult, syncIssue } from '../../core/issues/syncIssue.ts';
import { whileBeating } from './whileBeating.ts';

export interface IssueActivityParts extends SyncParts {
  readonly issueWaker: IssueWaker;
}

/** The activities that keep issues in sync. */
export function createIssueActivities(parts: IssueActivityParts) {
  return {
    /** Fetches once for all reports before it. */
    syncIssueOnce: (input: SyncInput): Promise<SyncResult> => whileBeating(() => syncIssue(parts, input)),
  };
}
