import type { TrackerName } from '../provider.ts';
import type { AzureDevOpsCredentials } from './azureDevOps.ts';
import type { TrackerConnections } from './connections.ts';
import type { GitHubCredentials } from './github.ts';
import type { JiraCredentials } from './jira.ts';
import type { Tracker } from './tracker.ts';

/** The credentials as they are sealed. */
export type Credentials = JiraCredentials | GitHubCredentials | AzureDevOpsCredentials;

/** One integration with its decrypted credentials. */
export interface OpenIntegration {
  readonly id: string;
  readonly provider: TrackerName;
  readonly baseUrl: string;
  readonly credentials: Credentials;
}

/** Loads each client library when it is first needed: they are large, and most installations have one tracker. */
export async function trackerOf(
  { provider, baseUrl, credentials }: Omit<OpenIntegration, 'id'>,
  connections: TrackerConnections,
): Promise<Tracker> {
  switch (provider) {
    case 'JIRA':
      return (await import('./jira.ts')).jira(baseUrl, credentials as JiraCredentials, connections);
    case 'GITHUB':
      return (await import('./github.ts')).gitHub(baseUrl, credentials, connections);
    case 'AZURE_DEVOPS':
      return (await import('./azureDevOps.ts')).azureDevOps(baseUrl, credentials, connections);
  }
}
