import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { connected } from '../../local/connected.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { graphqlCall } from '../support/graphqlCall.ts';
import { pgTool } from '../support/pgTools.ts';
import { type RunningProcess, runProcess } from '../support/productProcess.ts';
import { Receiver } from '../support/receiver.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';

const operatorKey = 'operator-key-of-the-backup-test-0123';
const patience = { timeout: 150_000, interval: 500 };
const restoredName = `restored_${process.pid}`;

describe('a backup by pg_dump under load, restored into a new database beside an empty Temporal', () => {
  let source: TestDatabase;
  let restored: pg.Pool;
  let folder: string;
  let settings: NodeJS.ProcessEnv;
  const processes: RunningProcess[] = [];
  const receivers: Receiver[] = [];
  /** Whether receivers take what they refused before the backup. */
  let mended = false;

  const restoredUrl = () => Object.assign(new URL(inject('postgresUrl')), { pathname: `/${restoredName}` }).href;
  const start = (entry: 'api' | 'worker', databaseUrl: string, namespace: string) => {
    const started = runProcess(`server/processes/${entry}.js`, {
      ...settings,
      DATABASE_URL: databaseUrl,
      TEMPORAL_NAMESPACE: namespace,
    });
    processes.push(started);
    return started;
  };
  const promote = (databaseUrl: string, namespace: string) =>
    promisify(execFile)(process.execPath, [join(packageRoot, 'dist/start/promote.js')], {
      env: { PATH: process.env.PATH, ...settings, DATABASE_URL: databaseUrl, TEMPORAL_NAMESPACE: namespace },
    });
  const receiver = async (answer: () => number) => {
    const made = await new Receiver(answer).listen();
    receivers.push(made);
    return made;
  };

  beforeAll(async () => {
    source = await createDatabase();
    folder = await mkdtemp(join(tmpdir(), 'everhook backup '));
    const { address } = await temporalServer();
    settings = {
      TEMPORAL_ADDRESS: address,
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
      EVERHOOK_OPERATOR_KEY: operatorKey,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
      EVERHOOK_RATE_LIMIT: '1000000',
    };
  });
  afterAll(async () => {
    for (const each of processes) await each.kill();
    for (const each of receivers) await each.close();
    await restored?.end();
    await source.drop();
    await connected(inject('postgresUrl'), (client) =>
      client.query(`DROP DATABASE IF EXISTS ${restoredName} WITH (FORCE)`),
    );
    await rm(folder, { recursive: true, force: true });
  });

  it('loses nothing that was acknowledged, and all that waits goes on: retries, held deliveries, a resume, a recovery, an erasure, a deletion, a retiring secret, an issue’s report', {
    timeout: 420_000,
  }, async () => {
    const { address } = await temporalServer();
    const connection = await Connection.connect({ address });
    const [before, after] = [await newNamespace(connection), await newNamespace(connection)];
    await connection.close();

    const worker = start('worker', source.url, before);
    const api = start('api', source.url, before);
    let url = `http://${(await api.said('API ready')).find(({ msg }) => msg === 'API ready')?.listening}`;
    await worker.said('worker ready');
    await promote(source.url, before);

    // biome-ignore lint/suspicious/noExplicitAny: each call knows the shape that it asked for.
    const call = async (query: string, input: object = {}): Promise<any> =>
      Object.values(await graphqlCall(url, operatorKey, query, { input }))[0];
    const mutate = (name: string, answer: string, input: object) =>
      call(
        `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${answer} } }`,
        input,
      );
    const { organization } = await mutate('createOrganization', 'organization { id }', { name: 'Harbour Robotics' });
    const project = async (name: string): Promise<string> =>
      (await mutate('createProject', 'project { id }', { organizationId: organization.id, name, profile: 'STANDARD' }))
        .project.id;
    const webhook = async (projectId: string, eventType: string, target: Receiver, retrySchedule?: string[]) => {
      await mutate('createEventType', 'eventType { name }', { projectId, name: eventType, schema: { type: 'object' } });
      return (
        await mutate('createWebhook', 'webhook { id }', {
          projectId,
          name: eventType,
          url: target.url,
          eventTypes: [eventType],
          ...(retrySchedule ? { retrySchedule } : {}),
        })
      ).webhook.id as string;
    };
    const publish = async (projectId: string, type: string, count: number, labels: object[] = []): Promise<string[]> =>
      (
        await mutate('publishEvents', 'events { id }', {
          projectId,
          events: Array.from({ length: count }, (_, n) => ({ type, data: { n }, labels })),
        })
      ).events.map(({ id }: { id: string }) => id);

    const main = await project('Berth planning');
    const doomed = await project('Old quay');
    const takes = await receiver(() => 200);
    const refuses = await receiver(() => (mended ? 200 : 503));
    const other = await receiver(() => 200);
    const slow = await receiver(() => 200);

    // Retries wait on the worker: some soon, some in an hour.
    await webhook(main, 'retry.soon', refuses, ['PT2S', 'PT5S', 'PT10S', 'PT10S', 'PT10S', 'PT10S', 'PT10S', 'PT10S']);
    await webhook(main, 'retry.late', refuses, ['PT1H']);
    const failing = await webhook(main, 'has.failed', refuses, []);
    const held = await webhook(main, 'is.held', takes);
    const resuming = await webhook(main, 'is.resuming', slow);
    await webhook(main, 'is.load', takes);
    await webhook(doomed, 'is.doomed', other);
    await mutate('pauseWebhook', 'webhook { id }', { webhookId: held });
    await mutate('pauseWebhook', 'webhook { id }', { webhookId: resuming });
    const counts = { 'retry.soon': 20, 'retry.late': 10, 'has.failed': 30, 'is.held': 40, 'is.resuming': 60 };
    for (const [type, count] of Object.entries(counts)) await publish(main, type, count);
    const personal = await publish(main, 'is.load', 40, [{ key: 'person', value: 'p-1' }]);
    await publish(doomed, 'is.doomed', 100);
    const rotating = await mutate('rotateWebhookSecret', 'webhook { id }', { id: held });
    expect(rotating.webhook.id).toBe(held);
    const ask = (text: string, values: unknown[] = []) =>
      connected(source.url, async (client) => (await client.query(text, values)).rows);
    await expect
      .poll(
        () =>
          ask(
            `SELECT event_type, status::text, count(*)::int FROM delivery WHERE attempt_count > 0 AND event_type IN ('retry.soon', 'retry.late', 'has.failed') GROUP BY 1, 2 ORDER BY 1`,
          ),
        patience,
      )
      .toEqual([
        { event_type: 'has.failed', status: 'FAILED', count: 30 },
        { event_type: 'retry.late', status: 'RETRYING', count: 10 },
        { event_type: 'retry.soon', status: 'RETRYING', count: 20 },
      ]);

    // The machine with the worker is lost. What is begun now is in progress when the backup is made.
    await worker.kill();
    await mutate('resumeWebhook', 'webhook { id }', { webhookId: resuming });
    await mutate('recoverDeliveries', 'recovery { id }', { webhookId: failing });
    await mutate('eraseEvents', 'erasure { id }', { projectId: main, labels: [{ key: 'person', value: 'p-1' }] });
    await mutate('deleteProject', 'deletion { id }', { id: doomed });
    await connected(source.url, (client) =>
      client.query(`UPDATE webhook_secret SET retires_at = now() + interval '3 seconds' WHERE state = 'RETIRING'`),
    );

    // A tracker's report whose process died before it woke the workflow; its integration is gone meanwhile.
    await connected(source.url, (client) =>
      client.query(
        `INSERT INTO inbound_event (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                    external_id, locator, pending, due_at)
         VALUES (gen_random_uuid(), '\\x01', $1, $2, gen_random_uuid(), 'GITHUB', '7', 'acme/shop#7', true, now())`,
        [organization.id, main],
      ),
    );

    let loading = true;
    const acknowledged: { readonly id: string; readonly at: number }[] = [];
    const load = Array.from({ length: 3 }, async () => {
      while (loading) {
        const ids = await publish(main, 'is.load', 10);
        acknowledged.push(...ids.map((id) => ({ id, at: Date.now() })));
      }
    });
    await expect.poll(() => acknowledged.length, patience).toBeGreaterThan(200);
    const backupAt = Date.now();
    const file = join(folder, 'everhook.dump');
    await pgTool('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`, source.url]);
    const atEnd = acknowledged.length;
    await expect.poll(() => acknowledged.length, patience).toBeGreaterThan(atEnd);
    loading = false;
    await Promise.all(load);
    await api.kill();
    const seenBefore = takes.received.length;

    // Elsewhere: a new database, and a Temporal that knows nothing.
    mended = true;
    await connected(inject('postgresUrl'), (client) => client.query(`CREATE DATABASE ${restoredName}`));
    await pgTool('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${restoredUrl()}`, file]);
    restored = new pg.Pool({ connectionString: restoredUrl(), max: 2 });
    const now = async (text: string, values: unknown[] = []) => (await restored.query(text, values)).rows;
    const promised = acknowledged.filter(({ at }) => at < backupAt).map(({ id }) => id);
    expect(promised.length).toBeGreaterThan(200);
    expect(await now('SELECT count(*)::int FROM event WHERE id = ANY ($1)', [promised])).toEqual([
      { count: promised.length },
    ]);
    // All of it was in progress.
    expect(
      await now(
        `SELECT (SELECT state FROM recovery) AS recovery, (SELECT state FROM erasure) AS erasure, (SELECT state FROM deletion) AS deletion`,
      ),
    ).toEqual([{ recovery: 'RUNNING', erasure: 'RUNNING', deletion: 'STOPPING' }]);

    const [second, secondApi] = [start('worker', restoredUrl(), after), start('api', restoredUrl(), after)];
    url = `http://${(await secondApi.said('API ready')).find(({ msg }) => msg === 'API ready')?.listening}`;
    await second.said('worker ready');
    await promote(restoredUrl(), after);

    // What waits for nobody ends by itself.
    const open = `SELECT event_type, status::text, count(*)::int FROM delivery
                   WHERE status NOT IN ('DELIVERED', 'CANCELLED') AND project_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`;
    const lateAndHeld = [
      { event_type: 'is.held', status: 'HELD', count: 40 },
      { event_type: 'retry.late', status: 'RETRYING', count: 10 },
    ];
    await expect
      .poll(() => now(`${open}`).then((rows) => rows.filter(({ status }) => status !== 'FAILED')), patience)
      .toEqual(lateAndHeld);
    await expect
      .poll(
        () =>
          now(`SELECT (SELECT state FROM recovery) AS recovery, (SELECT replayed FROM recovery) AS recovered,
                              (SELECT state FROM erasure) AS erasure, (SELECT events FROM erasure) AS erased,
                              (SELECT state FROM deletion) AS deletion, (SELECT count(*)::int FROM project) AS projects,
                              (SELECT count(*)::int FROM webhook_secret WHERE state = 'RETIRING') AS retiring,
                              (SELECT count(*)::int FROM inbound_event WHERE pending) AS reports`),
        patience,
      )
      .toEqual([
        {
          recovery: 'FINISHED',
          recovered: 30,
          erasure: 'FINISHED',
          erased: personal.length,
          deletion: 'FINISHED',
          projects: 1,
          retiring: 0,
          reports: 0,
        },
      ]);
    expect(
      await now('SELECT count(*)::int FROM delivery WHERE event_id = ANY ($1) AND status = $2', [
        promised,
        'DELIVERED',
      ]),
    ).toEqual([{ count: promised.length }]);
    const paths = (of: Receiver) => new Set(of.received.map(({ headers }) => headers['webhook-id']));
    expect(paths(slow).size).toBe(60);
    expect(takes.received.length).toBeGreaterThanOrEqual(seenBefore);

    // A person's decisions are kept, and can be changed; and the retries of an hour later come, once it is over.
    await mutate('resumeWebhook', 'webhook { id }', { webhookId: held });
    await restored.query(`UPDATE delivery SET next_attempt_at = now() WHERE event_type = 'retry.late'`);
    await expect
      .poll(() => now(open).then((all) => all.filter(({ status }) => status !== 'FAILED')), patience)
      .toEqual([]);
    for (const each of [second, secondApi]) expect(await each.end()).toBe(0);
    expect(second.output()).not.toContain('"level":50');
  });
});
