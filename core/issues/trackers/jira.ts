import { Version2Client } from 'jira.js/version2';
import { userAgent } from '../../ground/version.ts';
import { callTimeoutMs, maxAnswerBytes, type TrackerConnections } from './connections.ts';
import { type Refusal, trackerFailure } from './failure.ts';
import { trackedIssue } from './trackedIssue.ts';
import type { Tracker } from './tracker.ts';

export interface JiraCredentials {
  /** For Jira Cloud, whose API tokens belong to an account; null for a Data Center's personal access token. */
  readonly email: string | null;
  readonly token: string;
}

const fields = ['summary', 'status', 'priority', 'assignee', 'updated'];

/**
 * Jira's REST API v2, which Cloud and Data Center both have (developer.atlassian.com/cloud/jira/platform/rest/v2). The locator
 * is the issue's id, which stays the same when its key changes.
 */
export function jira(baseUrl: string, { email, token }: JiraCredentials, connections: TrackerConnections): Tracker {
  const host = baseUrl.replace(/\/+$/, '');
  const baseRequestConfig = {
    httpAgent: connections.http,
    httpsAgent: connections.https,
    proxy: false as const,
    maxRedirects: 0,
    timeout: callTimeoutMs,
    maxContentLength: maxAnswerBytes,
    headers: { 'user-agent': userAgent },
  };
  const client =
    email === null
      ? new Version2Client({ host, baseRequestConfig, authentication: { oauth2: { accessToken: token } } })
      : new Version2Client({ host, baseRequestConfig, authentication: { basic: { email, apiToken: token } } });

  return {
    async check() {
      try {
        const { accountId, name } = (await client.myself.getCurrentUser()) as { accountId?: string; name?: string };
        if (accountId === undefined && name === undefined) throw new SyntaxError('no user');
      } catch (error) {
        throw trackerFailure(error, refusalOf(error));
      }
    },

    async fetch(locator, externalId) {
      try {
        const issue = await client.issues.getIssue({ issueIdOrKey: locator, fields });
        if (typeof issue !== 'object' || typeof issue.key !== 'string') throw new SyntaxError('no issue');
        if (issue.id !== externalId) return null;
        const { summary, status, priority, assignee, updated } = issue.fields;
        return trackedIssue({
          key: issue.key,
          title: summary,
          state: status.name,
          priority: priority?.name ?? null,
          assignee: assignee?.displayName ?? null,
          url: `${host}/browse/${encodeURIComponent(issue.key)}`,
          changedAt: updated,
        });
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal?.status === 404) return null;
        throw trackerFailure(error, refusal);
      }
    },
  };
}

/** jira.js wraps the HTTP client's error, and only that one has the answer's headers. */
function refusalOf(error: unknown): Refusal | null {
  const { response } =
    (error as { cause?: { response?: { status: number; headers: Record<string, unknown> } } }).cause ?? {};
  return response ? { status: response.status, headers: { ...response.headers }, message: '' } : null;
}
