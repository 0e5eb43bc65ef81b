import type { RequestOptions } from 'node:http';
import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import type { WorkItemTrackingApi } from 'azure-devops-node-api/WorkItemTrackingApi.js';
import { userAgent } from '../../ground/version.ts';
import { callTimeoutMs, type TrackerConnections } from './connections.ts';
import { notAccepted, type Refusal, trackerFailure } from './failure.ts';
import { trackedIssue } from './trackedIssue.ts';
import type { Tracker } from './tracker.ts';

export interface AzureDevOpsCredentials {
  /** A personal access token that may read work items. */
  readonly token: string;
}

const fields = [
  'System.Title',
  'System.State',
  'System.AssignedTo',
  'System.ChangedDate',
  'System.TeamProject',
  'Microsoft.VSTS.Common.Priority',
];

/**
 * Azure DevOps' REST API (learn.microsoft.com/rest/api/azure/devops/wit). The base URL is the organization's or collection's;
 * the locator is the work item's id, which is unique in all its projects.
 */
export function azureDevOps(
  baseUrl: string,
  { token }: AzureDevOpsCredentials,
  connections: TrackerConnections,
): Tracker {
  const root = baseUrl.replace(/\/+$/, '');
  const authentication = getPersonalAccessTokenHandler(token, false);
  const prepareRequest = authentication.prepareRequest.bind(authentication);
  const secure = root.toLowerCase().startsWith('https:');
  // The library creates its own agent for each request; only a handler can replace that agent.
  authentication.prepareRequest = (options: RequestOptions) => {
    prepareRequest(options);
    options.agent = secure ? connections.https : connections.http;
  };
  const api = new WebApi(
    root,
    authentication,
    { allowRedirects: false, allowRetries: false, socketTimeout: callTimeoutMs },
    { productName: userAgent, productVersion: '', userAgent } as never,
  );
  let workItems: Promise<WorkItemTrackingApi> | undefined;

  async function check(): Promise<void> {
    let data: Awaited<ReturnType<WebApi['connect']>> | null;
    try {
      data = await api.connect();
    } catch (error) {
      throw trackerFailure(error, refusalOf(error));
    }
    // For a token that it does not accept it answers its sign-in page, with a status of success.
    if (!data?.authenticatedUser?.id) throw notAccepted();
  }

  return {
    check,

    async fetch(locator, externalId) {
      try {
        workItems ??= api.getWorkItemTrackingApi().then(exact);
        const item = await (await workItems).getWorkItem(Number(locator), fields);
        if (!item || String(item.id) !== externalId) return null;
        const values = item.fields ?? {};
        const priority = values['Microsoft.VSTS.Common.Priority'];
        return trackedIssue({
          key: externalId,
          title: values['System.Title'],
          state: values['System.State'],
          priority: typeof priority === 'number' ? String(priority) : priority,
          assignee: values['System.AssignedTo']?.displayName,
          url: `${root}/${encodeURIComponent(String(values['System.TeamProject'] ?? ''))}/_workitems/edit/${externalId}`,
          changedAt: values['System.ChangedDate'],
        });
      } catch (error) {
        workItems = undefined;
        throw trackerFailure(error, refusalOf(error));
      }
    },
  };
}

/** The library answers null for an unreadable body as it does for a 404. With this, null means a 404 only. */
function exact(client: WorkItemTrackingApi): WorkItemTrackingApi {
  const get = client.rest.get.bind(client.rest) as typeof client.rest.get;
  client.rest.get = async <T>(...args: Parameters<typeof get>) => {
    const response = await get<T>(...args);
    if (response.result !== null || response.statusCode === 404) return response;
    // The sign-in page has this status.
    if (response.statusCode === 203) throw notAccepted();
    throw new SyntaxError('no JSON');
  };
  return client;
}

function refusalOf(error: unknown): Refusal | null {
  const { statusCode, responseHeaders } = error as { statusCode?: number; responseHeaders?: Record<string, unknown> };
  return statusCode ? { status: statusCode, headers: responseHeaders ?? {}, message: '' } : null;
}
