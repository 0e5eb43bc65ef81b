import type { IssueProvider } from '../store/prisma/enums.ts';

export type { IssueProvider };

/** The providers with an API and webhooks; SIMPLE_URL has links alone. */
export type TrackerName = Exclude<IssueProvider, 'SIMPLE_URL'>;

/** What names one issue over all processes and workflows. */
export interface IssueRef {
  readonly projectId: string;
  readonly provider: TrackerName;
  /** The tracker's own id, which survives renames and moves: digits, with all three. */
  readonly externalId: string;
}

/** How people call the providers. */
export const providerTitle: Readonly<Record<IssueProvider, string>> = {
  JIRA: 'Jira',
  GITHUB: 'GitHub',
  AZURE_DEVOPS: 'Azure DevOps',
  SIMPLE_URL: 'Simple URL',
};
