import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../client-sdk/src/index.ts';
import { administratorRole } from '../../local/postgres.ts';
import { temporalDatabase, visibilityDatabase } from '../../local/temporalConfig.ts';
import { promote, thisBuildId } from '../../workflows/worker/deployment.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';

const publish = `mutation P($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;
const deliveries = `query D($webhookId: ID!) {
  deliveries(webhookId: $webhookId, first: 50) { edges { node { status attemptCount event { data } } } }
}`;

interface Delivery {
  readonly status: string;
  readonly attemptCount: number;
  readonly event: { readonly data: { readonly n: number } };
}

describe('while a part is away', () => {
  let installation: Installation;
  let organizationId: string;
  let projectId: string;
  let webhookId: string;
  let receiver: Receiver;

  beforeAll(async () => {
    installation = await startInstallation();
    receiver = await new Receiver(({ body }, count) => (JSON.parse(body).data.refuse >= count ? 503 : 200)).listen();
    const create = async (mutation: string, input: object): Promise<string> => {
      const name = mutation[0]?.toLowerCase() + mutation.slice(1);
      const data = await installation.call<Record<string, Record<string, { id: string }>>>(
        `mutation M($input: Create${mutation}Input!) { create${mutation}(input: $input) { ${name} { id } } }`,
        { input },
      );
      return (Object.values(data)[0] as Record<string, { id: string }>)[name]?.id as string;
    };
    organizationId = await create('Organization', { name: 'Harbour Robotics' });
    projectId = await create('Project', { organizationId, name: 'Berth planning', profile: 'STANDARD' });
    await installation.call(
      'mutation T($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId, name: 'crane.moved', schema: { type: 'object', required: ['n'] } } },
    );
    webhookId = await create('Webhook', {
      organizationId,
      projectId,
      name: 'Berth board',
      url: receiver.url,
      retrySchedule: ['PT1S', 'PT1S', 'PT1S'],
    });
  });
  afterAll(async () => {
    await installation?.close();
    await receiver?.close();
  });

  const event = (n: number, refuse = 0) => ({
    input: { projectId, events: [{ type: 'crane.moved', data: { n, refuse } }] },
  });

  async function deliveryOf(n: number): Promise<Delivery | undefined> {
    const page = await installation.call<{ deliveries: { edges: { node: Delivery }[] } }>(deliveries, { webhookId });
    return page.deliveries.edges.map(({ node }) => node).find((delivery) => delivery.event.data.n === n);
  }

  async function until(n: number, status: string): Promise<void> {
    while ((await deliveryOf(n))?.status !== status) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const readiness = async () => {
    const response = await fetch(`${installation.parts.url}/readyz`);
    return [response.status, await response.json()];
  };

  it('Temporal: events are accepted and first attempted, and retried once it is back', async () => {
    await installation.parts.temporal?.kill();
    await installation.call(publish, event(1));
    await until(1, 'DELIVERED');
    const refusals = receiver.received.length + 1;
    await installation.call(publish, event(2, refusals));
    await until(2, 'RETRYING');
    expect(await readiness()).toEqual([503, expect.objectContaining({ postgresql: 'ok', temporal: 'unreachable' })]);
    await installation.parts.temporal?.restart();
    await until(2, 'DELIVERED');
    expect((await deliveryOf(2))?.attemptCount).toBe(2);
  });

  describe('what failed', () => {
    const refused = new Set<number>();
    let twice: Receiver;

    beforeAll(async () => {
      // Refuses each event once.
      twice = await new Receiver(({ body }) => {
        const { n } = JSON.parse(body).data;
        if (refused.has(n)) return 200;
        refused.add(n);
        return 503;
      }).listen();
      await installation.call(
        'mutation T($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
        { input: { projectId, name: 'crane.stopped', schema: { type: 'object', required: ['n'] } } },
      );
      await installation.call(
        'mutation W($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
        {
          input: {
            ...{ organizationId, projectId, name: 'Crane board', url: twice.url, eventTypes: ['crane.stopped'] },
            retrySchedule: ['PT3S', 'PT3S', 'PT3S'],
          },
        },
      );
    });
    afterAll(() => twice?.close());

    const publishMany = (from: number, count: number) =>
      installation.call(publish, {
        input: {
          projectId,
          events: Array.from({ length: count }, (_, n) => ({ type: 'crane.stopped', data: { n: from + n } })),
        },
      });

    it('while Temporal was away, more of it than is kept in memory, is retried once it is back, each once', {
      timeout: 300_000,
    }, async () => {
      await installation.parts.temporal?.kill();
      try {
        for (let n = 0; n < 1_500; n += 100) {
          await publishMany(n, 100);
          // On a machine so busy that the receiver seems to stand still, some are left to the workflow before their first attempt.
          await Promise.race([twice.count(n + 100), new Promise((resolve) => setTimeout(resolve, 5_000))]);
        }
        await new Promise((resolve) => setTimeout(resolve, 10_000));
        expect(twice.received.length, 'more than is kept in memory').toBeGreaterThan(1_000);
        expect(twice.received.length, 'first attempts alone').toBe(refused.size);
      } finally {
        // The other tests need it, too.
        await installation.parts.temporal?.restart();
      }
      await twice.count(3_000);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(twice.received).toHaveLength(3_000);
    });

    it('is retried though Temporal lost all that it knew', async () => {
      const before = twice.received.length;
      await publishMany(10_000, 100);
      await twice.count(before + 100);
      await installation.parts.temporal?.kill();
      await emptyTemporal();
      await installation.parts.temporal?.restart();
      // As after any start: the worker makes the schedule of the sweep, and its build is promoted.
      await installation.parts.worker.restart();
      const connection = await Connection.connect({ address: await temporalAddress() });
      await promote(new Client({ connection }), 'default', await thisBuildId());
      await connection.close();
      await twice.count(before + 200);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(twice.received).toHaveLength(before + 200);
    });

    async function temporalAddress(): Promise<string> {
      const file = join(installation.parts.folder, 'temporal', 'server.yaml');
      if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')).publicClient.hostPort;
      const line = await readFile(`/proc/${installation.parts.temporal?.pid}/cmdline`, 'utf8');
      return `127.0.0.1:${/--port\0(\d+)/.exec(line)?.[1]}`;
    }

    async function emptyTemporal(): Promise<void> {
      // Where Temporal is its CLI's server, it keeps a file of its own.
      const files = join(installation.parts.folder, 'temporal');
      for (const end of ['', '-wal', '-shm']) await rm(join(files, `temporal.db${end}`), { force: true });
      const folder = join(installation.parts.folder, 'postgres');
      const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
      const url = new URL(installation.parts.databaseUrl);
      url.username = administratorRole;
      url.password = password;
      url.pathname = '/postgres';
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      for (const name of [temporalDatabase, visibilityDatabase])
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.end();
    }
  });

  it('PostgreSQL: publishing is refused as UNAVAILABLE and leaves nothing behind, and goes on once it is back', async () => {
    await installation.call(publish, event(10));
    await installation.parts.postgres?.kill();
    const refusal: { message: string } = await installation
      .call<never>(publish, event(11))
      .catch((error) => error.errors[0]);
    expect(refusal).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } });
    expect(refusal.message).not.toMatch(/postgres|ECONN|sql|\d+\.\d+\.\d+\.\d+/i);
    expect((await readiness())[1]).toMatchObject({ postgresql: 'unreachable' });
    expect((await fetch(`${installation.parts.url}/healthz`)).status).toBe(200);
    await installation.parts.postgres?.restart();
    await installation.call(publish, event(12));
    await until(12, 'DELIVERED');
    expect(await deliveryOf(11)).toBeUndefined();
  });

  it('PostgreSQL for 20 s, under load: no caller of the SDK sees an error, publishing and queries alike', async () => {
    const before = receiver.received.length;
    const everhook = new Everhook({ url: installation.parts.url, apiKey: installation.operatorKey });
    let over = false;
    const published: string[] = [];
    const publishing = async (lane: number) => {
      for (let n = 0; !over; n++) {
        const data = { n: 100_000 * (lane + 1) + n, refuse: 0 };
        published.push((await everhook.events.publish({ type: 'crane.moved', data }, { projectId })).id);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    let answers = 0;
    const asking = async () => {
      while (!over) {
        expect((await everhook.webhooks.get(webhookId)).id).toBe(webhookId);
        answers++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const working = Promise.all([...Array.from({ length: 8 }, (_, lane) => publishing(lane)), asking(), asking()]);
    // Awaited in the end; what fails before is not to end the process.
    working.catch(() => {});
    await expect.poll(() => published.length > 50 && answers > 5, { timeout: 30_000 }).toBe(true);
    await installation.parts.postgres?.kill();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await installation.parts.postgres?.restart();
    const [events, queries] = [published.length, answers];
    await Promise.race([
      working,
      expect.poll(() => published.length > events + 50 && answers > queries + 5, { timeout: 60_000 }).toBe(true),
    ]);
    over = true;
    await working;
    expect(new Set(published).size).toBe(published.length);
    await receiver.count(before + published.length);
  });

  it('nothing: Ctrl-C of the API loses no event, and the queue goes to the worker', async () => {
    const before = receiver.received.length;
    const batch = Array.from({ length: 100 }, (_, n) => ({ type: 'crane.moved', data: { n: 100 + n, refuse: 0 } }));
    await installation.call(publish, { input: { projectId, events: batch } });
    await installation.parts.api.restart();
    await receiver.count(before + 100);
    const seen = receiver.received.slice(before).map(({ body }) => JSON.parse(body).data.n);
    expect(new Set(seen).size).toBe(100);
  });
});
