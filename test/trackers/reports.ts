import { randomUUID } from 'node:crypto';
import { signature } from '../../core/inbound/providers/hmac.ts';
import { gitHubIssueEvents, payload } from '../fixtures/inbound/payloads.ts';
import { FakeAzureDevOps } from './azureDevOps.ts';
import { FakeGitHub } from './github.ts';
import { FakeJira } from './jira.ts';
import type { FakeIssue, FakeTracker } from './tracker.ts';

/** What a tracker was told of the inbound webhook. */
export interface Target {
  readonly url: string;
  /** What it signs with; Azure DevOps sends `<user name>:<password>`. */
  readonly secret: string;
}

/** A tracker with one issue, that reports as its real one does. */
export interface ReportingTracker {
  readonly tracker: FakeTracker & { readonly baseUrl: string; readonly token: string; readonly email?: string };
  /** Makes the issue, or changes it. */
  put(changes?: Partial<FakeIssue>): FakeIssue;
  /** Sends the published payload of a new issue, or of a changed one, with its proof. */
  report(target: Target, what: 'created' | 'changed'): Promise<Response>;
}

const post = (url: string, content: unknown, headers: (body: Buffer) => Record<string, string>): Promise<Response> => {
  const body = Buffer.from(JSON.stringify(content));
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers(body) }, body });
};

export function gitHubReporting(): ReportingTracker {
  const tracker = new FakeGitHub();
  const example = (action: string) => {
    const found = gitHubIssueEvents.find((event) => event.action === action);
    if (!found) throw new Error(`GitHub’s examples have no issue that was ${action}.`);
    return found;
  };
  const { issue, repository } = example('opened');
  return {
    tracker,
    put: (changes) => tracker.put(`${repository.full_name}#${issue.number}`, { id: issue.id, ...changes }),
    report: ({ url, secret }, what) =>
      post(url, what === 'created' ? example('opened') : { ...example('edited'), issue }, (body) => ({
        'x-github-event': 'issues',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': signature(secret, body),
      })),
  };
}

export function jiraReporting(): ReportingTracker {
  const tracker = new FakeJira();
  return {
    tracker,
    put: (changes) => tracker.put(payload('jira-issue-created').issue.id, changes),
    report: ({ url, secret }, what) =>
      post(url, payload(what === 'created' ? 'jira-issue-created' : 'jira-issue-updated'), (body) => ({
        'x-atlassian-webhook-identifier': randomUUID(),
        'x-hub-signature': signature(secret, body),
      })),
  };
}

export function azureReporting(): ReportingTracker {
  const tracker = new FakeAzureDevOps();
  return {
    tracker,
    put: (changes) => tracker.put(String(payload('azure-workitem-created').resource.id), changes),
    report: ({ url, secret }, what) =>
      post(
        url,
        { ...payload(what === 'created' ? 'azure-workitem-created' : 'azure-workitem-updated'), id: randomUUID() },
        () => ({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` }),
      ),
  };
}
