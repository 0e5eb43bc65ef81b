import { type Asked, type FakeIssue, FakeTracker, type TrackerAnswer } from './tracker.ts';

export interface GitHubIssue extends FakeIssue {
  readonly id: number;
}

/** GitHub's REST API: docs.github.com/rest/issues/issues#get-an-issue, /rest/rate-limit. */
export class FakeGitHub extends FakeTracker {
  readonly token = 'ghp_fake0123456789';
  readonly authorization = `token ${this.token}`;
  /** By `owner/repository#number`. */
  readonly issues = new Map<string, GitHubIssue>();
  /** Repositories by the names that they once had. Issues are kept under the new one. */
  readonly renamed = new Map<string, string>();

  get baseUrl(): string {
    return this.origin;
  }

  put(key: string, changes: Partial<GitHubIssue> = {}): GitHubIssue {
    const issue = {
      id: 444500041,
      title: 'Spelling error in the README file',
      state: 'open',
      assignee: null,
      priority: null,
      changedAt: new Date(),
      ...this.issues.get(key),
      ...changes,
    };
    this.issues.set(key, issue);
    return issue;
  }

  protected isFetch({ path }: Asked): boolean {
    return /^\/repos\/[^/]+\/[^/]+\/issues\/\d+$/.test(path);
  }

  protected unauthorized(): TrackerAnswer {
    return {
      code: 401,
      body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
    };
  }

  protected reply({ path }: Asked): TrackerAnswer {
    if (path === '/rate_limit') {
      return {
        code: 200,
        body: { resources: { core: { limit: 5000, used: 1, remaining: 4999, reset: 0 } }, rate: {} },
      };
    }
    const [, asked = '', number = ''] = /^\/(?:repos|repositories)\/(.+)\/issues\/(\d+)$/.exec(path) ?? [];
    const repositories = [...this.renamed.values()];
    if (this.renamed.has(asked)) {
      const id = repositories.indexOf(this.renamed.get(asked) ?? '');
      const location = `${this.origin}/repositories/${id}/issues/${number}`;
      return { code: 301, headers: { location }, body: { message: 'Moved Permanently', url: location } };
    }
    const repository = repositories[Number(asked)] ?? asked;
    const issue = this.issues.get(`${repository}#${number}`);
    if (!issue)
      return {
        code: 404,
        body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
      };
    return {
      code: 200,
      headers: { 'x-ratelimit-remaining': '4998', 'x-github-media-type': 'github.v3; format=json' },
      body: {
        id: issue.id,
        node_id: 'MDU6SXNzdWU0NDQ1MDAwNDE=',
        url: `${this.origin}${path}`,
        repository_url: `${this.origin}/repos/${repository}`,
        html_url: `https://github.com/${repository}/issues/${number}`,
        number: Number(number),
        state: issue.state,
        title: issue.title,
        body: 'It looks like you accidently spelled ‘commit’ with two ‘t’s.',
        user: { login: 'Codertocat', id: 21031067, type: 'User' },
        labels: [],
        assignee: issue.assignee === null ? null : { login: issue.assignee, id: 1, type: 'User' },
        assignees: [],
        locked: false,
        comments: 0,
        created_at: '2019-05-15T15:20:18Z',
        updated_at: issue.changedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
        closed_at: null,
      },
    };
  }
}
