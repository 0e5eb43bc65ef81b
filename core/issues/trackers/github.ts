import { Octokit } from '@octokit/rest';
import { userAgent } from '../../ground/version.ts';
import type { TrackerConnections } from './connections.ts';
import { type Refusal, trackerFailure } from './failure.ts';
import { isRepository } from './repositoryName.ts';
import { trackedIssue } from './trackedIssue.ts';
import type { Tracker } from './tracker.ts';

export interface GitHubCredentials {
  /** A personal access token or an installation's. */
  readonly token: string;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** GitHub's REST API (docs.github.com/rest/issues). The locator is `<owner>/<repository>#<number>`. */
export function gitHub(baseUrl: string, { token }: GitHubCredentials, connections: TrackerConnections): Tracker {
  const root = baseUrl.replace(/\/+$/, '');
  const { rest, request } = new Octokit({
    baseUrl: root,
    auth: token,
    userAgent,
    log: silent,
    request: { fetch: connections.fetch },
  });

  return {
    async check() {
      try {
        // Any valid token may ask this, and it costs nothing.
        const { status } = await rest.rateLimit.get();
        if (status !== 200) throw trackerFailure(null, { status, headers: {}, message: '' });
      } catch (error) {
        const refusal = refusalOf(error);
        // A GitHub Enterprise Server with its limits off has no such page, but looks at the token first.
        if (refusal?.status !== 404) throw trackerFailure(error, refusal);
      }
    },

    async fetch(locator, externalId) {
      const [, owner = '', repo = '', number = ''] = /^([^/#]+)\/([^/#]+)#(\d+)$/.exec(locator) ?? [];
      // Reports stored before such names were refused may still have one.
      if (!isRepository(`${owner}/${repo}`)) return null;
      try {
        const named = await rest.issues.get({ owner, repo, issue_number: Number(number) });
        // A renamed repository has the same issue; an issue that was moved to another repository is another issue there.
        const moved = isRedirect(named.status) ? within(root, named.headers.location) : null;
        const { data, status, headers } = moved === null ? named : await request({ method: 'GET', url: moved });
        if (isRedirect(status)) throw trackerFailure(null, { status, headers, message: '' });
        if (typeof data !== 'object' || typeof data?.id !== 'number') throw new SyntaxError('no issue');
        if (String(data.id) !== externalId) return null;
        const place = moved === null ? null : /\/repos\/([^/]+\/[^/]+)$/.exec(data.repository_url)?.[1];
        return trackedIssue({
          key: `${place ?? `${owner}/${repo}`}#${number}`,
          title: data.title,
          state: data.state,
          priority: null,
          assignee: data.assignee?.login ?? null,
          url: data.html_url,
          changedAt: data.updated_at,
        });
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal?.status === 404 || refusal?.status === 410) return null;
        throw trackerFailure(error, refusal);
      }
    },
  };
}

const isRedirect = (status: number) => status >= 300 && status < 400;

/** The target of a redirect, if it is in the same API: the credentials must not go anywhere else. */
function within(root: string, location: string | undefined): string | null {
  if (location === undefined || !URL.canParse(location, `${root}/`)) return null;
  const { origin, pathname } = new URL(location, `${root}/`);
  const url = `${origin}${pathname}`;
  return url.startsWith(`${new URL(root).href.replace(/\/$/, '')}/`) ? url : null;
}

function refusalOf(error: unknown): Refusal | null {
  const { status, response, message } = error as {
    status?: number;
    response?: { headers: Record<string, unknown> };
    message?: string;
  };
  // Octokit reports its own connection failures with the status 500 and without a response.
  return response && status ? { status, headers: response.headers, message: message ?? '' } : null;
}
