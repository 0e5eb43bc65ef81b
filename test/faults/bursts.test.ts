import pg from 'pg';
import { Pool } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';

const events = 6_000;
const inFlight = 64;
/** Every so many events are refused once, so that the worker and Temporal have work too. */
const refusedOnce = 10;

const publish = `mutation P($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;

type Victim = 'api' | 'worker' | 'temporal' | 'postgres';

describe('a burst of 6,000 events at 64 in flight', () => {
  let installation: Installation;
  let projectId: string;
  let receiver: Receiver;
  let http: Pool;
  /** How often each event was received and answered with 200. */
  let taken: Map<number, number>;

  beforeAll(async () => {
    installation = await startInstallation();
    const { createOrganization } = await installation.call<{ createOrganization: { organization: { id: string } } }>(
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
    );
    const organizationId = createOrganization.organization.id;
    const { createProject } = await installation.call<{ createProject: { project: { id: string } } }>(
      'mutation P($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId, name: 'Berth planning', profile: 'STANDARD' } },
    );
    projectId = createProject.project.id;
    await installation.call(
      'mutation T($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      {
        input: { projectId, name: 'crane.moved', schema: { type: 'object', required: ['n'] } },
      },
    );
    taken = new Map();
    const refused = new Set<number>();
    receiver = await new Receiver(({ body }) => {
      const { n } = JSON.parse(body).data;
      if (n % refusedOnce === 0 && !refused.has(n)) {
        refused.add(n);
        return 503;
      }
      taken.set(n, (taken.get(n) ?? 0) + 1);
      return 200;
    }).listen();
    await installation.call(
      'mutation W($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      {
        input: {
          organizationId,
          projectId,
          name: 'Berth board',
          url: receiver.url,
          retrySchedule: ['PT1S', 'PT1S', 'PT2S', 'PT2S', 'PT5S', 'PT5S', 'PT10S', 'PT10S'],
        },
      },
    );
    http = new Pool(installation.parts.url, { connections: inFlight, pipelining: 1 });
  });
  afterEach(() => {
    receiver.received.length = 0;
  });
  afterAll(async () => {
    await http?.close();
    await installation?.close();
    await receiver?.close();
  });

  async function publishOne(n: number): Promise<boolean> {
    try {
      const { statusCode, body } = await http.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${installation.operatorKey}` },
        body: JSON.stringify({
          query: publish,
          variables: {
            input: {
              projectId,
              events: [{ type: 'crane.moved', data: { n, crane: 'STS 7' }, idempotencyKey: `move ${n}` }],
            },
          },
        }),
      });
      const text = await body.text();
      return statusCode === 200 && !text.includes('"errors"');
    } catch {
      return false;
    }
  }

  /**
   * Publishes the burst, each event under a key until it is accepted, and calls `midway` once a third of it is.
   */
  async function burst(from: number, midway: () => Promise<void>): Promise<void> {
    let accepted = 0;
    let next = from;
    let struck: Promise<void> | null = null;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (next < from + events) {
          const n = next++;
          while (!(await publishOne(n))) await new Promise((resolve) => setTimeout(resolve, 100));
          accepted++;
          if (struck === null && accepted >= events / 3) struck = midway();
        }
      }),
    );
    await struck;
  }

  async function query<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: installation.parts.databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  }

  const countOf = async (condition: string) =>
    (await query<{ count: number }>(`SELECT count(*)::int FROM delivery WHERE ${condition}`))[0]?.count ?? Number.NaN;

  async function settled(): Promise<void> {
    const deadline = Date.now() + 75_000;
    while ((await countOf(`status IN ('PENDING', 'SENDING', 'RETRYING')`)) > 0) {
      if (Date.now() > deadline) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  const cases: [name: string, victims: Victim[]][] = [
    ['the API', ['api']],
    ['the worker', ['worker']],
    ['Temporal', ['temporal']],
    ['PostgreSQL', ['postgres']],
    ['all of them at once', ['postgres', 'temporal', 'api', 'worker']],
  ];

  for (const [index, [name, victims]] of cases.entries()) {
    it(`loses nothing and doubles no more than was in flight when ${name} is killed and started again`, async () => {
      const from = index * 100_000;
      let couldDouble = 0;
      await burst(from, async () => {
        const parts = victims.map((victim) => installation.parts[victim]);
        await Promise.all(parts.map((part) => part?.kill()));
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        for (const [position, victim] of victims.entries()) {
          // What a process had leased, and what a worker was retrying, is what it may have sent and not recorded.
          if (victim === 'api') couldDouble += await countOf('leased_by IS NOT NULL');
          if (victim === 'worker') couldDouble += inFlight;
          await parts[position]?.restart();
        }
      });
      await settled();
      const numbers = Array.from({ length: events }, (_, offset) => from + offset);
      expect(numbers.filter((n) => !taken.has(n))).toEqual([]);
      const doubled = [...taken].filter(([n, times]) => n >= from && times > 1).length;
      console.log(`${name} killed: ${doubled} doubled, ${couldDouble} were in flight`);
      expect(doubled).toBeLessThanOrEqual(couldDouble);
      expect(await countOf(`status <> 'DELIVERED'`)).toBe(0);
    });
  }
});
