import type { TrackerName } from '../../issues/provider.ts';
import { azureDevOpsInbound } from './azureDevOps.ts';
import { gitHubInbound } from './github.ts';
import { jiraInbound } from './jira.ts';
import type { InboundProvider } from './provider.ts';

const providers: Readonly<Record<TrackerName, InboundProvider>> = {
  GITHUB: gitHubInbound,
  JIRA: jiraInbound,
  AZURE_DEVOPS: azureDevOpsInbound,
};

export const inboundProviderOf = (name: TrackerName): InboundProvider => providers[name];
