import type { IssueProvider } from '../store/prisma/enums.ts';

export type { IssueProvider };

/** The providers with an API and webhooks; SIMPLE_URL has only links. */
export type TrackerName = Exclude<IssueProvider, 'SIMPLE_URL'>;

/** Identifies one issue in all processes and workflows. */
export interface IssueRef {
  readonly projectId: string;
  readonly provider: TrackerName;
  /** The tracker's own id, which survives renames and moves: digits in all three trackers. */
  readonly externalId: string;
}

/** An issue, and the organization that owns its project. */
export interface OwnedIssue extends IssueRef {
  readonly organizationId: string;
}

/** The providers' names for people. */
export const providerTitle: Readonly<Record<IssueProvider, string>> = {
  JIRA: 'Jira',
  GITHUB: 'GitHub',
  AZURE_DEVOPS: 'Azure DevOps',
  SIMPLE_URL: 'Simple URL',
};
