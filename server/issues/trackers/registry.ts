import type { TrackerName } from '../provider.ts';
import { type AzureDevOpsCredentials, azureDevOps } from './azureDevOps.ts';
import type { TrackerConnections } from './connections.ts';
import { type GitHubCredentials, gitHub } from './github.ts';
import { type JiraCredentials, jira } from './jira.ts';
import type { Tracker } from './tracker.ts';

/** As they are sealed. */
export type Credentials = JiraCredentials | GitHubCredentials | AzureDevOpsCredentials;

/** One integration, opened. */
export interface OpenIntegration {
  readonly id: string;
  readonly provider: TrackerName;
  readonly baseUrl: string;
  readonly credentials: Credentials;
}

export function trackerOf(
  { provider, baseUrl, credentials }: Omit<OpenIntegration, 'id'>,
  connections: TrackerConnections,
): Tracker {
  switch (provider) {
    case 'JIRA':
      return jira(baseUrl, credentials as JiraCredentials, connections);
    case 'GITHUB':
      return gitHub(baseUrl, credentials, connections);
    case 'AZURE_DEVOPS':
      return azureDevOps(baseUrl, credentials, connections);
  }
}
