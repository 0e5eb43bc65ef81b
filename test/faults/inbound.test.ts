import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { createInbound, issueEvent, sendGitHub, setIntegration } from '../support/inbound.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';
import { FakeGitHub } from '../trackers/github.ts';

const issueCount = 20;
const eventsEach = 25;
const firstId = 60_000;
const keyOf = (issue: number) => `Codertocat/Hello-World#${issue + 1}`;

type Victim = 'api' | 'worker' | 'temporal' | 'postgres';

describe('what a tracker reports', () => {
  const gitHub = new FakeGitHub();
  let installation: Installation;
  let pool: pg.Pool;
  let projectId: string;
  let target: { url: string; secret: string };
  let receiver: Receiver;
  let workerMetrics: string;

  beforeAll(async () => {
    const [port] = await freePorts([0]);
    installation = await startInstallation({ EVERHOOK_WORKER_METRICS_PORT: String(port) });
    workerMetrics = `http://127.0.0.1:${port}/metrics`;
    await gitHub.listen();
    receiver = await new Receiver(() => 200).listen();
    const { createOrganization } = await installation.call<{ createOrganization: { organization: { id: string } } }>(
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
    );
    const { createProject } = await installation.call<{ createProject: { project: { id: string } } }>(
      'mutation P($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId: createOrganization.organization.id, name: 'Quality', profile: 'TESTPLANIT' } },
    );
    projectId = createProject.project.id;
    const { baseUrl, token } = gitHub;
    await installation.call(setIntegration, {
      input: { projectId, provider: 'GITHUB', baseUrl, credentials: { token } },
    });
    const { createInboundWebhook } = await installation.call<{ createInboundWebhook: { url: string; secret: string } }>(
      createInbound,
      { input: { projectId } },
    );
    target = createInboundWebhook;
    await installation.call(
      'mutation W($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      { input: { projectId, name: 'Issue board', url: receiver.url, eventTypes: ['issue.created', 'issue.updated'] } },
    );
    pool = new pg.Pool({ connectionString: installation.parts.databaseUrl, max: 2 });
    pool.on('error', () => {});
  });
  afterAll(async () => {
    await pool?.end();
    await installation?.close();
    await receiver?.close();
    await gitHub.close();
  });

  /** Sends as a tracker that redelivers: under the same identity until it is taken. */
  async function report(issue: number): Promise<void> {
    const delivery = randomUUID();
    for (;;) {
      const answer = await sendGitHub(target, issueEvent(firstId + issue, issue + 1), { delivery }).catch(() => null);
      if (answer?.status === 200) return;
      await answer?.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Changes every issue again and again, reporting each change, with something happening midway. */
  async function burst(round: string, midway: () => Promise<void>): Promise<void> {
    let struck: Promise<void> | undefined;
    for (let state = 0; state < eventsEach; state++) {
      if (state === Math.floor(eventsEach / 3)) struck = midway();
      await Promise.all(
        Array.from({ length: issueCount }, (_, issue) => {
          gitHub.put(keyOf(issue), {
            id: firstId + issue,
            title: `${round}, state ${state} of issue ${issue}`,
            changedAt: new Date(),
          });
          return report(issue);
        }),
      );
    }
    await struck;
  }

  async function settled(round: string): Promise<void> {
    await expect
      .poll(
        async () => {
          const { rows } = await pool
            .query('SELECT count(*)::int FROM issue WHERE project_id = $1 AND title LIKE $2', [
              projectId,
              `${round}, state ${eventsEach - 1} of %`,
            ])
            .catch(() => ({ rows: [{ count: 0 }] }));
          return rows[0].count;
        },
        { timeout: 90_000, interval: 250 },
      )
      .toBe(issueCount);
  }

  it('is counted by the API, and its fetches by the worker', async () => {
    gitHub.put(keyOf(0), { id: firstId, title: 'Counted' });
    await report(0);
    await expect
      .poll(async () => (await fetch(workerMetrics)).text(), { timeout: 20_000 })
      .toContain('everhook_inbound_fetches_total{provider="GITHUB",outcome="found"} 1');
    const ofApi = await (await fetch(`${installation.parts.url}/metrics`)).text();
    expect(ofApi).toContain('everhook_inbound_events_total{provider="GITHUB",outcome="accepted"} 1');
    expect((await fetch(workerMetrics.replace('metrics', 'healthz'))).status).toBe(200);
    expect((await fetch(workerMetrics.replace('metrics', 'graphql'))).status).toBe(404);
  });

  it.each<{ name: string; victims: Victim[] }>([
    { name: 'nothing happens', victims: [] },
    { name: 'the API is killed', victims: ['api'] },
    { name: 'the worker is killed', victims: ['worker'] },
    { name: 'everything is killed', victims: ['api', 'worker', 'temporal', 'postgres'] },
  ])('ends in the tracker’s last state, though $name midway, with few fetches', async ({ name, victims }) => {
    const fetches = gitHub.fetches;
    await burst(name, async () => {
      const parts = victims.flatMap((victim) => installation.parts[victim] ?? []);
      await Promise.all(parts.map((part) => part.kill()));
      for (const part of [...parts].reverse()) await part.restart();
    });
    await settled(name);
    expect(gitHub.fetches - fetches).toBeLessThanOrEqual((issueCount * eventsEach) / 2.5);
    await expect
      .poll(async () => (await pool.query('SELECT count(*)::int FROM inbound_event WHERE pending')).rows[0].count, {
        timeout: 60_000,
        interval: 250,
      })
      .toBe(0);
    const { rows } = await pool.query(
      `SELECT status, count(*)::int FROM delivery WHERE direction = 'INBOUND' GROUP BY status`,
    );
    expect(rows.map((row) => row.status)).toEqual(['DELIVERED']);
    // The issue board is told of the last state, too.
    await expect
      .poll(
        () =>
          new Set(
            receiver.received
              .filter(({ body }) => body.includes(`${name}, state ${eventsEach - 1} of`))
              .map(({ body }) => JSON.parse(body).data.id),
          ).size,
        { timeout: 60_000, interval: 250 },
      )
      .toBe(issueCount);
  });

  it('leaves no token, secret or credential in any log line', async () => {
    const folder = join(installation.parts.folder, 'logs');
    await fetch(`${target.url}x`, { method: 'POST', body: '{}' });
    const names = await readdir(folder);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).not.toContain(new URL(target.url).pathname.split('/').at(-1));
      expect(text).not.toContain(target.secret);
      expect(text).not.toContain(gitHub.token);
    }
  });
});
