import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The part of GitHub's API that issues need (docs.github.com/rest/issues), on this machine. */
export interface GitHubStandIn {
  readonly baseUrl: string;
  readonly token: string;
  /** How many issues were fetched. */
  readonly fetches: number;
  /** Sets the answer for `<owner>/<repository>#<number>`. */
  put(key: string, issue: { readonly id: number; readonly title: string; readonly state: string }): void;
  close(): Promise<void>;
}

export async function startGitHubStandIn(): Promise<GitHubStandIn> {
  const token = 'ghp_standin0123456789';
  const issues = new Map<string, object>();
  let fetches = 0;
  const server = createServer((request, response) => {
    const answer = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    };
    const [, repository, number] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(request.url ?? '') ?? [];
    if (repository !== undefined) fetches++;
    if (request.headers.authorization !== `token ${token}`) return answer(401, { message: 'Bad credentials' });
    if (request.url === '/rate_limit') return answer(200, { resources: {}, rate: {} });
    const issue = issues.get(`${repository}#${number}`);
    return issue ? answer(200, issue) : answer(404, { message: 'Not Found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    get fetches() {
      return fetches;
    },
    put(key, issue) {
      const [repository, number] = key.split('#');
      issues.set(key, {
        ...issue,
        number: Number(number),
        html_url: `https://github.com/${repository}/issues/${number}`,
        assignee: null,
        updated_at: new Date().toISOString(),
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
