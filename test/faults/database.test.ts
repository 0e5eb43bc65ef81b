import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, startInstallation } from '../support/installation.ts';

const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;
const createProject = `mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }`;

/** What one call came to: the first error's code and time, or null where it succeeded. */
type Outcome = { code: unknown; retryAfter: unknown } | null;

/** PostgreSQL's processes: the first one and what it started. */
async function processesOf(postmaster: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // After the name, which may hold anything: state, parent.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === postmaster) children.push(Number(name));
  }
  return [postmaster, ...children];
}

describe('under load, while PostgreSQL', () => {
  let installation: Installation;
  let organizationId: string;
  let projectId: string;
  let sent = 0;

  beforeAll(async () => {
    installation = await startInstallation();
    const made = await installation.call<{ createOrganization: { organization: { id: string } } }>(
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
    );
    organizationId = made.createOrganization.organization.id;
    const { createProject: project } = await installation.call<{ createProject: { project: { id: string } } }>(
      createProject,
      { input: { organizationId, name: 'Berth planning', profile: 'STANDARD' } },
    );
    projectId = project.project.id;
    await installation.call(
      'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId, name: 'crane.moved', schema: {} } },
    );
  });
  afterAll(() => installation?.close());

  const outcome = async (query: string, variables: object): Promise<Outcome> =>
    installation.call(query, variables).then(
      () => null,
      (error) => {
        const { requestId: _, ...extensions } = error.errors?.[0]?.extensions ?? {
          code: String(error),
          retryAfter: null,
        };
        return extensions;
      },
    );

  const event = (key: string) => ({
    input: { projectId, events: [{ type: 'crane.moved', data: {}, idempotencyKey: key }] },
  });

  /** Calls of every kind, each again as soon as it is answered. @returns what came to be, and the longest wait, in milliseconds */
  async function load(while_: Promise<unknown>): Promise<{ outcomes: Outcome[]; longestMs: number }> {
    const outcomes: Outcome[] = [];
    let longestMs = 0;
    let over = false;
    const ended = while_.finally(() => {
      over = true;
    });
    const kinds: (() => Promise<Outcome>)[] = [
      () => outcome(publish, event(`call ${sent++}`)),
      () => outcome('{ deliveries(first: 5) { edges { node { id } } } }', {}),
      () => outcome(createProject, { input: { organizationId, name: `Quay ${sent++}`, profile: 'STANDARD' } }),
    ];
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        while (!over) {
          const began = performance.now();
          outcomes.push(await (kinds[index % kinds.length] as () => Promise<Outcome>)());
          longestMs = Math.max(longestMs, performance.now() - began);
          if (outcomes.at(-1) !== null) await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }),
    );
    await ended;
    return { outcomes, longestMs };
  }

  const kindsOf = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map((each) => JSON.stringify(each)))].sort();
  const unavailable = JSON.stringify({ code: 'UNAVAILABLE', retryAfter: 1 });

  /** Alarming lines of the processes' logs, without those that are told of one cause and minute once. */
  async function alarms() {
    const lines: { level: number; part?: string; cause?: string; time: number; repeated?: object; msg: string }[] = [];
    for (const name of ['api.log', 'worker.log']) {
      const text = await readFile(join(installation.parts.folder, 'logs', name), 'utf8');
      for (const line of text.split('\n')) {
        if (!line.startsWith('{')) continue;
        const entry = JSON.parse(line);
        if (entry.level >= 40) lines.push({ ...entry, process: name });
      }
    }
    return lines;
  }

  it('is killed and started again, every call is answered or UNAVAILABLE, and the log stays short', async () => {
    const restart = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await installation.parts.postgres?.kill();
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await installation.parts.postgres?.restart();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    };
    const { outcomes } = await load(restart());
    expect(kindsOf(outcomes)).toEqual([unavailable, 'null'].sort());
    const told = await alarms();
    expect(told.filter(({ cause }) => cause === undefined)).toEqual([]);
    expect(told.length).toBeLessThan(30);
    const text = await readFile(join(installation.parts.folder, 'logs', 'api.log'), 'utf8');
    expect(text.match(/"stack"/g) ?? []).toEqual([]);
  });

  it('hangs without closing a connection, every call is answered in time, and what is repeated with its key is there once', async () => {
    const pids = await processesOf(installation.parts.postgres?.pid as number);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const hung = new Promise((resolve) => setTimeout(resolve, 25_000));
    try {
      const published = outcome(publish, event('hung'));
      const { outcomes, longestMs } = await load(hung);
      expect(kindsOf([...outcomes, await published])).toEqual([unavailable]);
      expect(longestMs).toBeLessThan(25_000);
    } finally {
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGCONT');
        } catch {
          // A connection of it that was broken meanwhile.
        }
      }
    }
    while ((await outcome(publish, event('hung'))) !== null) await new Promise((resolve) => setTimeout(resolve, 100));
    const first = await installation.call(publish, event('hung'));
    expect(await installation.call(publish, event('hung'))).toEqual(first);
  });
});
