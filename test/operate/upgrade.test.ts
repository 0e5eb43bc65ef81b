import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { connected } from '../../local/connected.ts';
import { migrate } from '../../prisma/migrate.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { graphqlCall } from '../support/graphqlCall.ts';
import { type RunningProcess, runProcess } from '../support/productProcess.ts';
import { Receiver } from '../support/receiver.ts';
import { slowness } from '../support/slowness.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';

const release = join(packageRoot, 'test/fixtures/0.1.0/database.sql');
/** Those of the fixture, as its README tells. */
const operatorKey = 'operator-key-of-the-0.1.0-fixture';
const encryptionKeys = `fixture:${Buffer.from('everhook 0.1.0 fixture test key!').toString('base64')}`;
const patience = { timeout: 90_000, interval: 250 };
const webhooks = 50;
/**
 * Something came for a workflow that was about to end, so Temporal refused the end, and the workflow goes on in its next task. That
 * is no fault: the sweep may wake a webhook at that moment.
 */
const refusedEnd = temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;

describe('an installation of 0.1.0', () => {
  const name = `upgraded_${process.pid}`;
  const databaseUrl = () => Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
  const processes: RunningProcess[] = [];
  /** The build after this one: its workflow code differs. */
  let next: string;
  let connection: Connection;
  let namespace: string;
  let settings: NodeJS.ProcessEnv;
  let pool: pg.Pool;
  let receiver: Receiver;
  let mended = true;
  let worker: RunningProcess;
  let api: RunningProcess;
  let url: string;

  const start = (entry: 'api' | 'worker', root = packageRoot) => {
    const started = runProcess(`server/processes/${entry}.js`, settings, { root });
    processes.push(started);
    return started;
  };
  const promote = async (root = packageRoot) =>
    (
      await promisify(execFile)(process.execPath, [join(root, 'dist/start/promote.js')], {
        env: { PATH: process.env.PATH, ...settings },
      })
    ).stdout;
  const urlOf = async (of: RunningProcess) =>
    `http://${(await of.said('API ready')).find(({ msg }) => msg === 'API ready')?.listening}`;
  const rows = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows;
  // biome-ignore lint/suspicious/noExplicitAny: each call knows the shape that it asked for.
  const call = async (query: string, input: object = {}, at = url): Promise<any> =>
    Object.values(await graphqlCall(at, operatorKey, query, { input }))[0];

  beforeAll(async () => {
    const { address } = await temporalServer();
    connection = await Connection.connect({ address });
    await connected(inject('postgresUrl'), (client) => client.query(`CREATE DATABASE ${name}`));
    await connected(databaseUrl(), async (client) => client.query(await readFile(release, 'utf8')));
    pool = new pg.Pool({ connectionString: databaseUrl(), max: 2 });
    receiver = await new Receiver(() => (mended ? 200 : 503)).listen();
    settings = {
      DATABASE_URL: databaseUrl(),
      TEMPORAL_ADDRESS: address,
      EVERHOOK_ENCRYPTION_KEYS: encryptionKeys,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    };
    next = await mkdtemp(join(tmpdir(), 'everhook next build '));
    for (const each of ['dist', 'prisma', 'package.json', 'dashboard/dist']) {
      await cp(join(packageRoot, each), join(next, each), { recursive: true });
    }
    await symlink(join(packageRoot, 'node_modules'), join(next, 'node_modules'));
    const bundle = join(next, 'dist/workflows/bundle.js');
    // At its end is its source map.
    await writeFile(bundle, `// The next build.\n${await readFile(bundle, 'utf8')}`);
  });
  afterAll(async () => {
    for (const each of processes) await each.kill();
    await receiver?.close();
    await pool?.end();
    await connection?.close();
    await connected(inject('postgresUrl'), (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    await rm(next, { recursive: true, force: true });
  });

  it('goes on with this build: the retry that waited since then is made, signed by its secret, and new events are delivered', async () => {
    const waiting = await rows(
      `SELECT d.id, d.webhook_id FROM delivery d WHERE status = 'RETRYING' ORDER BY d.id LIMIT 1`,
    );
    expect(waiting).toHaveLength(1);
    namespace = await newNamespace(connection);
    settings = { ...settings, TEMPORAL_NAMESPACE: namespace };
    expect((await migrate(databaseUrl())).length).toBeGreaterThan(20);
    [worker, api] = [start('worker'), start('api')];
    await worker.said('worker ready');
    url = await urlOf(api);
    expect(await promote()).toContain('until now they went to none');
    await call('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }', {
      id: waiting[0].webhook_id,
      url: receiver.url,
    });
    // A week later.
    await pool.query(`UPDATE delivery SET next_attempt_at = now() WHERE id = $1`, [waiting[0].id]);
    await expect
      .poll(() => rows('SELECT status::text FROM delivery WHERE id = $1', [waiting[0].id]), patience)
      .toEqual([{ status: 'DELIVERED' }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('goes on with the next build, while 50 webhooks retry and both builds run: each retry on time, no workflow task failed', {
    timeout: 480_000,
  }, async () => {
    mended = false;
    const { organization } = await call(
      'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
      { name: 'Harbour Robotics' },
    );
    const { project } = await call(
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { organizationId: organization.id, name: 'Berth planning', profile: 'STANDARD' },
    );
    await call('mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }', {
      projectId: project.id,
      name: 'crane.moved',
      schema: { type: 'object' },
    });
    const ids: string[] = [];
    for (let n = 0; n < webhooks; n++) {
      const { webhook } = await call(
        'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
        {
          projectId: project.id,
          name: `Board ${n}`,
          url: receiver.url,
          retrySchedule: ['PT4S', 'PT4S', 'PT4S', 'PT30S', 'PT30S', 'PT30S'],
        },
      );
      ids.push(webhook.id);
    }
    const publish = (at: string) =>
      call(
        'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        { projectId: project.id, events: [{ type: 'crane.moved', data: {} }] },
        at,
      );
    await publish(url);
    const retrying = `SELECT count(*)::int AS count FROM delivery WHERE webhook_id = ANY ($1) AND attempt_count >= $2`;
    await expect.poll(() => rows(retrying, [ids, 2]), patience).toEqual([{ count: webhooks }]);

    // Both versions are up for a while: the new one takes no workflows before it is promoted.
    const [newWorker, newApi] = [start('worker', next), start('api', next)];
    const said = await newWorker.said('until it is promoted');
    const { buildId } = (said.find((line) => line.buildId !== undefined) ?? {}) as { buildId?: string };
    expect(buildId, newWorker.output()).toMatch(/^[0-9a-f]{16}$/);
    const newUrl = await urlOf(newApi);
    await publish(newUrl);
    await publish(url);
    expect(await promote(next)).toContain(`to this build (${buildId})`);
    for (const each of [worker, api]) expect(await each.end()).toBe(0);
    mended = true;
    await publish(newUrl);

    await expect
      .poll(
        () => rows(`SELECT status::text, count(*)::int FROM delivery WHERE webhook_id = ANY ($1) GROUP BY 1`, [ids]),
        // Each workflow is made again from its history by the new worker: on a machine that is slow they take that in turns for long.
        { ...patience, timeout: 240_000 },
      )
      .toEqual([{ status: 'DELIVERED', count: 4 * webhooks }]);
    // Each attempt but the first began when the schedule says, after the one before. A machine that is slow is late by seconds.
    const [{ late }] = await rows(
      `SELECT max(extract(epoch FROM a.started_at - b.ended_at) - CASE WHEN a.number <= 4 THEN 4 ELSE 30 END)::float AS late
         FROM attempt a JOIN (SELECT delivery_id, number, started_at + duration_ms * interval '1 ms' AS ended_at FROM attempt) b
           ON b.delivery_id = a.delivery_id AND b.number = a.number - 1
         JOIN delivery d ON d.id = a.delivery_id WHERE d.webhook_id = ANY ($1)`,
      [ids],
    );
    expect(late).toBeLessThan(45 * (await slowness()));
    const client = new Client({ connection, namespace });
    const histories = await Promise.all(
      ids.map((id) => client.workflow.getHandle(deliverWorkflowId(id)).fetchHistory()),
    );
    const events = histories.flatMap((each) => each.events ?? []);
    // With the cause and its message, which tell a fault of ours from what the run of a machine brings.
    const failed = events.flatMap(({ workflowTaskFailedEventAttributes: each }) =>
      each && each.cause !== refusedEnd ? [`cause ${each.cause}: ${each.failure?.message}`] : [],
    );
    expect(failed).toEqual([]);
    expect(
      events.some((each) => each.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId === buildId),
    ).toBe(true);
    for (const each of [newWorker, newApi]) expect(await each.end()).toBe(0);
  });
});
