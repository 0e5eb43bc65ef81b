import { type Asked, type FakeIssue, FakeTracker, type TrackerAnswer } from './tracker.ts';

export interface JiraIssue extends FakeIssue {
  readonly key: string;
}

/** Jira Cloud's REST API v2: developer.atlassian.com/cloud/jira/platform/rest/v2, "Get issue", "Get current user". */
export class FakeJira extends FakeTracker {
  readonly email = 'crane@harbour.example';
  readonly token = 'ATATT3fake0123456789';
  readonly authorization = `Basic ${Buffer.from(`${this.email}:${this.token}`).toString('base64')}`;
  /** By id. */
  readonly issues = new Map<string, JiraIssue>();

  get baseUrl(): string {
    return this.origin;
  }

  put(id: string, changes: Partial<JiraIssue> = {}): JiraIssue {
    const issue = {
      key: 'SHOP-2231',
      title: 'Card is charged twice after a retry',
      state: 'To Do',
      assignee: null,
      priority: 'High',
      changedAt: new Date(),
      ...this.issues.get(id),
      ...changes,
    };
    this.issues.set(id, issue);
    return issue;
  }

  protected isFetch({ path }: Asked): boolean {
    return path.startsWith('/rest/api/2/issue/');
  }

  protected unauthorized(): TrackerAnswer {
    return {
      code: 401,
      headers: { 'content-type': 'text/plain' },
      body: 'Client must be authenticated to access this resource.',
    };
  }

  protected reply({ path }: Asked): TrackerAnswer {
    if (path.startsWith('/rest/api/2/myself')) {
      return {
        code: 200,
        body: {
          self: `${this.origin}/rest/api/2/user?accountId=5b10a2844c20165700ede21g`,
          accountId: '5b10a2844c20165700ede21g',
          accountType: 'atlassian',
          emailAddress: this.email,
          displayName: 'Mia Krystof',
          active: true,
        },
      };
    }
    const id = /^\/rest\/api\/2\/issue\/(\d+)/.exec(path)?.[1] ?? '';
    const issue = this.issues.get(id);
    if (!issue) {
      return {
        code: 404,
        body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
      };
    }
    return {
      code: 200,
      body: {
        expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
        id,
        self: `${this.origin}/rest/api/2/issue/${id}`,
        key: issue.key,
        fields: {
          summary: issue.title,
          status: { self: `${this.origin}/rest/api/2/status/10000`, id: '10000', name: issue.state },
          priority: issue.priority === null ? null : { id: '2', name: issue.priority },
          assignee: issue.assignee === null ? null : { accountId: '5b10', displayName: issue.assignee, active: true },
          updated: issue.changedAt.toISOString().replace('Z', '+0000'),
        },
      },
    };
  }
}
