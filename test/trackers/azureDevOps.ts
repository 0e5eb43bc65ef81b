import { type Asked, type FakeIssue, FakeTracker, type TrackerAnswer } from './tracker.ts';

const resourceAreasLocation = 'e81700f7-3be2-46de-8624-2eb35882fcaa';
const workItemsLocation = '72c7ddf8-2cdc-4f60-90cd-ab71c14a399b';

/**
 * Azure DevOps' REST API: learn.microsoft.com/rest/api/azure/devops/wit/work-items/get-work-item, and what its client
 * libraries ask before: resource areas, and the locations that OPTIONS tells.
 */
export class FakeAzureDevOps extends FakeTracker {
  readonly token = 'fakepersonalaccesstoken0123456789';
  readonly authorization = `Basic ${Buffer.from(`PAT:${this.token}`).toString('base64')}`;
  readonly issues = new Map<string, FakeIssue>();
  readonly project = 'Fabrikam';

  get baseUrl(): string {
    return `${this.origin}/fabrikam-fiber`;
  }

  put(id: string, changes: Partial<FakeIssue> = {}): FakeIssue {
    const issue = {
      title: 'Crane does not stop at the end of its track',
      state: 'New',
      assignee: null,
      priority: '2',
      changedAt: new Date(),
      ...this.issues.get(id),
      ...changes,
    };
    this.issues.set(id, issue);
    return issue;
  }

  protected isFetch({ method, path }: Asked): boolean {
    return method === 'GET' && /\/_apis\/wit\/workItems\/\d+/i.test(path);
  }

  /** A token that it does not accept gets the sign-in page, with a status of success. */
  protected unauthorized(): TrackerAnswer {
    return {
      code: 203,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<html><title>Azure DevOps Services | Sign In</title></html>',
    };
  }

  protected reply({ method, path }: Asked): TrackerAnswer {
    if (method === 'OPTIONS') {
      const location = { resourceVersion: 3, minVersion: '1.0', maxVersion: '7.2', releasedVersion: '7.1' };
      const routeTemplate = '{project}/_apis/{area}/{resource}/{id}';
      const value = /\/_apis\/wit$/i.test(path)
        ? [{ ...location, id: workItemsLocation, area: 'wit', resourceName: 'workItems', routeTemplate }]
        : [
            {
              ...location,
              id: resourceAreasLocation,
              area: 'Location',
              resourceName: 'resourceAreas',
              routeTemplate: '_apis/{resource}/{areaId}',
            },
          ];
      return { code: 200, body: { count: value.length, value } };
    }
    if (/\/_apis\/resourceAreas/i.test(path)) {
      return {
        code: 200,
        body: {
          count: 1,
          value: [{ id: '5264459e-e5e0-4bd8-b118-0985e68a4ec5', name: 'wit', locationUrl: `${this.baseUrl}/` }],
        },
      };
    }
    if (/\/_apis\/connectionData/i.test(path)) {
      const user = { id: 'd6245f20-2af8-44f4-9451-8107cb2767db', providerDisplayName: 'Normal Paulk' };
      return { code: 200, body: { authenticatedUser: user, authorizedUser: user, instanceId: '59c8ec46' } };
    }
    const id = /\/_apis\/wit\/workItems\/(\d+)/i.exec(path)?.[1] ?? '';
    const issue = this.issues.get(id);
    if (!issue) {
      return {
        code: 404,
        body: {
          $id: '1',
          message: `TF401232: Work item ${id} does not exist, or you do not have permissions to read it.`,
          typeKey: 'WorkItemUnauthorizedAccessException',
        },
      };
    }
    return {
      code: 200,
      body: {
        id: Number(id),
        rev: 1,
        fields: {
          'System.TeamProject': this.project,
          'System.Title': issue.title,
          'System.State': issue.state,
          'System.ChangedDate': issue.changedAt.toISOString(),
          ...(issue.priority === null ? {} : { 'Microsoft.VSTS.Common.Priority': Number(issue.priority) }),
          ...(issue.assignee === null ? {} : { 'System.AssignedTo': { displayName: issue.assignee, id: 'd291b0c4' } }),
        },
        url: `${this.baseUrl}/_apis/wit/workItems/${id}`,
      },
    };
  }
}
