import { createHmac, randomUUID } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { type GitHubStandIn, startGitHubStandIn } from '../demo/gitHubStandIn.ts';
import { type Latency, latencyOf } from './figures.ts';
import type { Installation } from './installation.ts';

/** What trackers' webhooks cost. */
export interface InboundFigures {
  /** Verified events accepted each second, at the pace they were sent. */
  readonly inboundPerSecond: number;
  /** From the request to the last byte of the answer. */
  readonly inboundLatency: Latency;
  /** Fetches from the tracker for all of them. */
  readonly inboundEvents: number;
  readonly inboundFetches: number;
  /** Issues that ended in the tracker's last state. */
  readonly inboundIssuesRight: number;
  /** From the last event to the last issue's last state. */
  readonly inboundSettledMs: number;
}

const issueCount = 100;
const repository = 'everhook/bench';
const firstId = 5_000_000;
/** Sent before, about issues of their own, because as many precede the outbound scenarios. */
const warmUp = { events: 2_000, inFlight: 64 };

interface Target {
  readonly pool: Pool;
  readonly path: string;
  readonly secret: string;
}

async function ask<T>({ parts, operatorKey }: Installation, query: string, variables: object): Promise<T> {
  const response = await fetch(`${parts.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function send({ pool, path, secret }: Target, issue: number): Promise<number> {
  const body = JSON.stringify({
    action: 'edited',
    issue: { id: firstId + issue, number: issue + 1, title: 'Measured', body: 'x'.repeat(700) },
    repository: { full_name: repository },
  });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  const beganAt = performance.now();
  const response = await pool.request({ method: 'POST', path, headers, body });
  const text = await response.body.text();
  if (response.statusCode !== 200 || !text.includes('"accepted"')) {
    throw new Error(`An event was answered with ${response.statusCode}: ${text.slice(0, 300)}`);
  }
  return performance.now() - beganAt;
}

async function flood(target: Target, gitHub: GitHubStandIn): Promise<void> {
  let sent = 0;
  const sender = async () => {
    for (; sent < warmUp.events; ) {
      const event = sent++;
      const issue = issueCount + (event % issueCount);
      gitHub.put(`${repository}#${issue + 1}`, { id: firstId + issue, title: `Before ${event}`, state: 'open' });
      await send(target, issue);
    }
  };
  await Promise.all(Array.from({ length: warmUp.inFlight }, sender));
}

/** Changes an issue in the tracker before each event about it, as trackers do. */
async function pace(target: Target, gitHub: GitHubStandIn, perSecond: number, total: number): Promise<number[]> {
  const startedAt = performance.now();
  const pending: Promise<number>[] = [];
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
    for (; sent < due; sent++) {
      const issue = sent % issueCount;
      gitHub.put(`${repository}#${issue + 1}`, { id: firstId + issue, title: `State ${sent}`, state: 'open' });
      pending.push(send(target, issue));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Promise.all(pending);
}

/** @param total - events; over 100 issues */
export async function measureInbound(
  installation: Installation,
  perSecond: number,
  total: number,
): Promise<InboundFigures> {
  const gitHub = await startGitHubStandIn();
  const { url } = installation.parts;
  const pool = new Pool(url, { connections: 64, pipelining: 1 });
  try {
    const { createProject } = await ask<{ createProject: { project: { id: string } } }>(
      installation,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId: installation.organizationId, name: 'Inbound', profile: 'TESTPLANIT' } },
    );
    const projectId = createProject.project.id;
    const { baseUrl, token } = gitHub;
    await ask(
      installation,
      'mutation ($input: SetIssueIntegrationInput!) { setIssueIntegration(input: $input) { integration { id } } }',
      { input: { projectId, provider: 'GITHUB', baseUrl, credentials: { token } } },
    );
    const { createInboundWebhook: made } = await ask<{ createInboundWebhook: { url: string; secret: string } }>(
      installation,
      'mutation ($input: CreateInboundWebhookInput!) { createInboundWebhook(input: $input) { url secret } }',
      { input: { projectId } },
    );
    const target = { pool, path: new URL(made.url).pathname, secret: made.secret };
    await flood(target, gitHub);
    await settled(installation, projectId, 'Before', warmUp.events);
    await installation.atRest();
    const fetchesBefore = gitHub.fetches;
    const beganAt = performance.now();
    const latencies = await pace(target, gitHub, perSecond, total);
    const endedAt = performance.now();
    const right = await settled(installation, projectId, 'State', total);
    return {
      inboundPerSecond: total / ((endedAt - beganAt) / 1_000),
      inboundLatency: latencyOf(latencies),
      inboundEvents: total,
      inboundFetches: gitHub.fetches - fetchesBefore,
      inboundIssuesRight: right,
      inboundSettledMs: performance.now() - endedAt,
    };
  } finally {
    await pool.close();
    await gitHub.close();
  }
}

/** Waits until every issue has its last state, or until a time limit. @returns how many have it */
async function settled({ parts }: Installation, projectId: string, prefix: string, total: number): Promise<number> {
  const last = Array.from({ length: issueCount }, (_, index) => `${prefix} ${total - 1 - index}`);
  const client = new pg.Client({ connectionString: parts.databaseUrl });
  await client.connect();
  try {
    for (let tries = 0; ; tries++) {
      const { rows } = await client.query<{ right: number }>(
        'SELECT count(*)::int AS right FROM issue WHERE project_id = $1 AND title = ANY($2)',
        [projectId, last],
      );
      const right = rows[0]?.right ?? 0;
      if (right === issueCount || tries > 300) return right;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await client.end();
  }
}

/** The run whose p99 is the median one. */
export const medianInbound = (runs: readonly InboundFigures[]): InboundFigures =>
  [...runs].sort((a, b) => a.inboundLatency.p99Ms - b.inboundLatency.p99Ms)[
    Math.floor(runs.length / 2)
  ] as InboundFigures;

export const inboundRows = (figures: InboundFigures): [name: string, value: string][] => [
  [
    'inbound: verified events accepted',
    `${Math.round(figures.inboundPerSecond).toLocaleString('en')}/s, p50 ${figures.inboundLatency.p50Ms.toFixed(1)} ms, p99 ${figures.inboundLatency.p99Ms.toFixed(1)} ms`,
  ],
  [
    `inbound: fetches for ${figures.inboundEvents.toLocaleString('en')} events of ${issueCount} issues`,
    `${figures.inboundFetches} (${figures.inboundIssuesRight} of ${issueCount} issues right ${(figures.inboundSettledMs / 1_000).toFixed(1)} s after the last)`,
  ],
];
