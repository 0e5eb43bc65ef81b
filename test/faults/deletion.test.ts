import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../client-sdk/src/index.ts';
import { freePorts } from '../../core/ground/freePorts.ts';
import { administratorRole } from '../../local/postgres.ts';
import type { Parts } from '../../start/parts.ts';
import { TestApi } from '../support/api.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';
import { Sentinels } from '../support/sentinels.ts';

/** After this long nothing of it is served or sent by any process: docs/access.md. Milliseconds. */
const boundMs = 5_000;
const inRetry = 1_000;
const kept = 20_000;

/** What Temporal's databases hold of them, by the database: its server's two in PostgreSQL, or the one file of its CLI. */
async function inTemporal({ folder, databaseUrl }: Parts, sentinels: Sentinels): Promise<[string, string[]][]> {
  const file = join(folder, 'temporal', 'temporal.db');
  if (existsSync(file)) {
    const texts = await Promise.all([file, `${file}-wal`].map((each) => readFile(each, 'latin1').catch(() => '')));
    return [[file, sentinels.in(texts.join('\n'))]];
  }
  const password = (await readFile(join(folder, 'postgres', 'password'), 'utf8')).trim();
  return Promise.all(
    ['temporal', 'temporal_visibility'].map(async (name): Promise<[string, string[]]> => {
      const url = Object.assign(new URL(databaseUrl), { username: administratorRole, password, pathname: `/${name}` });
      return [name, await sentinels.inDatabase(url.href)];
    }),
  );
}

describe('deletion, with two API processes and one worker', { timeout: 300_000 }, () => {
  let installation: Installation;
  let other: TestApi;
  let receiver: Receiver;
  let pool: pg.Pool;
  let operator: Everhook;
  let workerMetrics: string;

  beforeAll(async () => {
    const [port] = await freePorts([0]);
    installation = await startInstallation({ EVERHOOK_WORKER_METRICS_PORT: String(port) });
    workerMetrics = `http://127.0.0.1:${port}/metrics`;
    const { folder, databaseUrl } = installation.parts;
    const { temporal } = JSON.parse(await readFile(join(folder, 'ports.json'), 'utf8'));
    other = await TestApi.start(
      {
        encryptionKeys: (await readFile(join(folder, 'encryption-keys'), 'utf8')).trim(),
        temporal: { address: `127.0.0.1:${temporal[0]}`, namespace: 'default', tls: false, apiKey: null },
        operatorKey: installation.operatorKey,
      },
      { databaseBy: async () => databaseUrl },
    );
    receiver = await new Receiver(() => 503).listen();
    pool = new pg.Pool({ connectionString: databaseUrl, max: 3 });
    operator = new Everhook({ url: installation.url, apiKey: installation.operatorKey });
  });
  afterAll(async () => {
    await pool?.end();
    await other?.close();
    await installation?.close();
    await receiver?.close();
  });

  const count = async (text: string, values: unknown[]): Promise<number> =>
    (await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${text}`, values)).rows[0]?.count ?? 0;

  /** A webhook with a thousand deliveries in retry, one attempt a second each, and how to publish to it at the other process. */
  async function retrying(organizationId: string, name: string) {
    const { id: projectId } = await operator.projects.create({ organizationId, name });
    await operator.eventTypes.create({ projectId, name: 'crane.moved', schema: { type: 'object' } });
    const path = `${receiver.url}${name}`;
    const { webhook } = await operator.webhooks.create({
      projectId,
      name,
      url: path,
      retrySchedule: Array.from({ length: 20 }, () => 'PT1S'),
    });
    const { key } = await operator.apiKeys.create({ organizationId, projectId, name, permissions: ['EVENT_PUBLISH'] });
    const publisher = new Everhook({ url: other.url, apiKey: key, retries: 0 });
    // Keys that have ended came from this address too often: what is new here is looked up slowly at first.
    const first = new Everhook({ url: other.url, apiKey: key, retries: 10 });
    for (let n = 0; n < inRetry; n += 100) {
      await Promise.all(
        Array.from({ length: 100 }, () => first.events.publish({ type: 'crane.moved', data: { n } }, { projectId })),
      );
    }
    const waiting = () => count(`delivery WHERE webhook_id = $1 AND status = 'RETRYING'`, [webhook.id]);
    while ((await waiting()) < inRetry) await new Promise((resolve) => setTimeout(resolve, 100));
    return { projectId, webhookId: webhook.id, path: new URL(path).pathname, publisher };
  }

  /**
   * Ends something while the other process publishes every 5 ms, and goes on publishing until the bound has passed. A machine that is
   * slow gets no more than it can answer: otherwise it would become slower and slower.
   *
   * @returns the codes with which publishing was refused after the bound
   */
  async function whilePublishing(
    { projectId, path, publisher }: Awaited<ReturnType<typeof retrying>>,
    end: () => Promise<unknown>,
  ): Promise<Set<string>> {
    let endedAt = Number.POSITIVE_INFINITY;
    const late = new Set<string>();
    const calls: Promise<unknown>[] = [];
    let unanswered = 0;
    const ending = end().then(() => {
      endedAt = Date.now();
    });
    while (Date.now() < endedAt + boundMs + 1_000) {
      const beganAt = Date.now();
      if (unanswered < 50) {
        unanswered++;
        calls.push(
          publisher.events
            .publish({ type: 'crane.moved', data: {} }, { projectId })
            .then(
              () => beganAt > endedAt + boundMs && late.add('accepted'),
              ({ code }) => beganAt > endedAt + boundMs && late.add(code),
            )
            .finally(() => unanswered--),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await ending;
    await Promise.all(calls);
    const after = receiver.received.filter((each) => each.path === path && each.at > endedAt + boundMs);
    expect(after, 'requests that began after the bound').toEqual([]);
    return late;
  }

  /** Soon too many unknown keys have come from one address for each to be looked up. */
  const expectRefused = (codes: Set<string>) => {
    expect(codes.size).toBeGreaterThan(0);
    for (const code of codes) expect(['UNAUTHENTICATED', 'RATE_LIMITED']).toContain(code);
  };

  const untilNone = async (text: string, values: unknown[]) => {
    while ((await count(text, values)) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  };

  it('an erasure leaves nothing of a person in either database, in Temporal’s two, in metrics and in logs', async () => {
    const { id: organizationId } = await operator.organizations.create({ name: 'Canal Cranes' });
    const { id: projectId } = await operator.projects.create({ organizationId, name: 'Canal' });
    await operator.eventTypes.create({ projectId, name: 'crane.hired', schema: { type: 'object' } });
    const url = `${receiver.url}erased`;
    const retrySchedule = Array.from({ length: 20 }, () => 'PT1S');
    const { webhook } = await operator.webhooks.create({ projectId, name: 'Erased', url, retrySchedule });
    const person = 'marker-of-a-person-who-asked';
    const event = { type: 'crane.hired', data: { person }, labels: { person }, idempotencyKey: person };
    await operator.events.publish(event, { projectId });
    // Its workflow knows it by now.
    while ((await count('delivery WHERE webhook_id = $1 AND attempt_count > 2', [webhook.id])) < 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const [marked, known] = [new Sentinels(), new Sentinels()];
    marked.add(person);
    known.add(webhook.id);
    const { folder, databaseUrl } = installation.parts;
    expect(await marked.inDatabase(databaseUrl)).not.toEqual([]);

    const { id } = await operator.erasures.start({ projectId, labels: { person } });
    const states = await operator.erasures.watch(id).toArray();
    expect(states.at(-1)).toMatchObject({ state: 'FINISHED', erasedEvents: 1 });
    expect(await marked.inDatabase(databaseUrl)).toEqual([]);
    for (const [database, found] of await inTemporal(installation.parts, marked)) expect(found, database).toEqual([]);
    // What is there is found.
    for (const [database, found] of await inTemporal(installation.parts, known))
      expect(found, database).not.toEqual([]);
    for (const metrics of [`${installation.url}/metrics`, workerMetrics]) {
      const text = await (await fetch(metrics)).text();
      expect(text).toContain('everhook_');
      expect(marked.in(text)).toEqual([]);
    }
    for (const name of ['api.log', 'worker.log']) {
      expect(marked.in(await readFile(join(folder, 'logs', name), 'utf8')), name).toEqual([]);
    }
    await operator.webhooks.delete(webhook.id);
  });

  it('nothing starts after the bound and nothing stays PENDING; kill -9 amid removal, and it goes on and ends right', async () => {
    const { id: organizationId } = await operator.organizations.create({ name: 'Harbour Robotics' });

    const one = await retrying(organizationId, 'webhook');
    expect(await whilePublishing(one, () => operator.webhooks.delete(one.webhookId))).toEqual(new Set(['accepted']));
    await untilNone(`delivery WHERE webhook_id = $1 AND status IN ('PENDING', 'SENDING', 'RETRYING')`, [one.webhookId]);

    const two = await retrying(organizationId, 'project');
    const codes = await whilePublishing(two, () => operator.projects.delete(two.projectId));
    expectRefused(codes);
    await untilNone('delivery WHERE project_id = $1', [two.projectId]);
    await untilNone('project WHERE id = $1', [two.projectId]);

    const three = await retrying(organizationId, 'organization');
    // Enough that its removal takes some seconds.
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, attempt_count)
       SELECT gen_random_uuid(), $1, $2, $3, 'crane.moved', 'DELIVERED', 1 FROM generate_series(1, $4)`,
      [organizationId, three.projectId, three.webhookId, kept],
    );
    let deletionId = '';
    const publishing = whilePublishing(three, async () => {
      deletionId = (await operator.organizations.delete(organizationId)).id;
    });
    const removed = async () => {
      const { removed } = await operator.deletions.get(deletionId);
      return removed.find(({ table }) => table === 'delivery')?.count ?? 0;
    };
    while (deletionId === '' || (await removed()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await installation.parts.worker.kill();
    const before = await removed();
    expect(before).toBeLessThan(kept);
    await installation.parts.worker.restart();
    expectRefused(await publishing);

    const states: number[] = [];
    let last = '';
    for await (const { state, version } of operator.deletions.watch(deletionId)) {
      states.push(version);
      last = state;
    }
    expect(last).toBe('FINISHED');
    expect(states).toEqual([...new Set(states)].sort((a, b) => a - b));
    expect(await removed()).toBeGreaterThanOrEqual(kept + inRetry);
    for (const table of ['delivery', 'event', 'webhook', 'project', 'api_key']) {
      expect(await count(`${table} WHERE organization_id = $1`, [organizationId]), table).toBe(0);
    }
    // Its webhooks' workflows have ended: nothing is left for them to do.
    const { temporal } = other.service.services.readiness;
    await temporal?.();
  });
});
