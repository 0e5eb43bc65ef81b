import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { connected } from '../../local/connected.ts';
import { ownDatabases } from '../../local/databaseRoles.ts';
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import { migrate } from '../../prisma/migrate.ts';
import { productDatabase, productRole } from '../../start/dataFolder.ts';
import { promote, thisBuildId } from '../../workflows/worker/deployment.ts';
import { TestApi } from '../support/api.ts';
import { type OlderMajor, startOlderPostgres } from '../support/olderPostgres.ts';
import { pgTool } from '../support/pgTools.ts';
import { runProcess } from '../support/productProcess.ts';
import { Receiver } from '../support/receiver.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';

const release = () => readFile(join(packageRoot, 'test/fixtures/0.1.0/database.sql'), 'utf8');

interface Server {
  url(database: string): string;
  stop(): Promise<void>;
}

/** The run's own server, of the version that the product brings. */
const ownServer = async (): Promise<Server> => ({
  url: (database) => Object.assign(new URL(inject('postgresUrl')), { pathname: `/${database}` }).href,
  stop: async () => {},
});

/** A managed database: its role owns it, is no superuser and may make neither roles, databases nor extensions. */
async function ownedDatabase(server: Server, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = server.url('postgres');
  await connected(admin, async (client) => {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'owner' NOSUPERUSER NOCREATEDB NOCREATEROLE`);
    await client.query(`CREATE DATABASE ${name} OWNER ${name}`);
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  });
  await connected(server.url(name), (client) => client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC'));
  return {
    url: Object.assign(new URL(server.url(name)), { username: name, password: 'owner' }).href,
    drop: () =>
      connected(admin, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await client.query(`DROP ROLE ${name}`);
      }),
  };
}

const majors: [string, OlderMajor | null][] = [
  ['15', 15],
  ['16', 16],
  ['17', 17],
  ['18', null],
];

describe.each(majors)('PostgreSQL %s', (_name, older) => {
  let folder: string;
  let server: Server;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook older postgres '));
    server = older === null ? await ownServer() : await startOlderPostgres(older, join(folder, 'postgres'));
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes all migrations by a role that owns its database and nothing else, and the product runs on it: the API, and a worker with every job of its sweep', async () => {
    const database = await ownedDatabase(server, `owner_${process.pid}`);
    // Refused by the API's attempt, taken from the worker's.
    const receiver = await new Receiver((_, count) => (count === 1 ? 503 : 200)).listen();
    const applied = await migrate(database.url);
    expect(applied.length).toBeGreaterThan(30);
    const encryptionKeys = generateKey();
    const api = await TestApi.start({ encryptionKeys }, { databaseBy: async () => database.url });
    const { address } = await temporalServer();
    const connection = await Connection.connect({ address });
    const namespace = await newNamespace(connection);
    const [port] = await freePorts([0]);
    const worker = runProcess('server/processes/worker.js', {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      EVERHOOK_ENCRYPTION_KEYS: encryptionKeys,
      EVERHOOK_WORKER_METRICS_PORT: String(port),
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    });
    try {
      await worker.said('worker ready');
      await promote(new Client({ connection, namespace }), namespace, await thisBuildId());
      const tenant = await api.tenant();
      await api.data(
        tenant.key,
        'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
        { input: { projectId: tenant.projectId, name: 'crane.moved', schema: { type: 'object' } } },
      );
      await api.data(
        tenant.key,
        'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
        {
          input: {
            projectId: tenant.projectId,
            name: 'Berth board',
            url: receiver.url,
            retrySchedule: ['PT1S', 'PT1S'],
          },
        },
      );
      await api.data(
        tenant.key,
        'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        {
          input: {
            projectId: tenant.projectId,
            events: [{ type: 'crane.moved', data: { n: 1 }, labels: [{ key: 'dock', value: '4' }] }],
          },
        },
      );
      await receiver.count(2);
      const list = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
        deliveries(projectId: $id, first: 5, labels: [{ key: "dock", value: "4" }], eventTypes: ["crane.moved"]) {
          edges { node { status attempts { outcome } } }
        }
        deliveryStats(projectId: $id, bucket: MINUTE, from: $from, to: $to) { delivered }
      }`;
      const day = 86_400_000;
      const asked = {
        id: tenant.projectId,
        from: new Date(Date.now() - day / 2).toISOString(),
        to: new Date(Date.now() + day / 24).toISOString(),
      };
      await expect
        .poll(async () => (await api.data(tenant.key, list, asked)).deliveries.edges, { timeout: 20_000 })
        .toEqual([{ node: { status: 'DELIVERED', attempts: [{ outcome: 'HTTP_ERROR' }, { outcome: 'SUCCEEDED' }] } }]);
      const sweeps = async () => {
        const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        const jobs = [...metrics.matchAll(/^everhook_sweep_last_success_timestamp_seconds\{sweep="(\w+)"\} (\S+)/gm)];
        return { known: jobs.length, done: jobs.filter(([, , at]) => Number(at) > 0).length };
      };
      await expect.poll(async () => (await sweeps()).done, { timeout: 30_000 }).toBe((await sweeps()).known);
      expect((await sweeps()).known).toBeGreaterThan(5);
      expect(await worker.end(), worker.output()).toBe(0);
      expect(worker.output()).not.toContain('"level":50');
    } finally {
      await worker.kill();
      await connection.close();
      await api.close();
      await receiver.close();
      await database.drop();
    }
  });

  it('takes the migrations since 0.1.0 by such a role', async () => {
    const database = await ownedDatabase(server, `former_${process.pid}`);
    try {
      await connected(database.url, async (client) => client.query(await release()));
      expect((await migrate(database.url)).length).toBeGreaterThan(20);
    } finally {
      await database.drop();
    }
  });
});

describe('a role that may not migrate', () => {
  const role = `guest_${process.pid}`;
  let server: Server;
  let url: string;

  const asAdministrator = (text: string) => connected(server.url(role), (client) => client.query(text));
  const refusal = () =>
    migrate(url).then(
      () => null,
      (error: Error) => error.message,
    );
  /** Does what a refusal says. */
  const obey = async (message: string | null) => asAdministrator(/start again: (.*;)$/.exec(message ?? '')?.[1] ?? '');

  beforeAll(async () => {
    server = await ownServer();
    await connected(server.url('postgres'), async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'guest'`);
      await client.query(`CREATE ROLE ${role}_before`);
      await client.query(`CREATE DATABASE ${role}`);
    });
    url = Object.assign(new URL(server.url(role)), { username: role, password: 'guest' }).href;
  });
  afterAll(async () => {
    await connected(server.url('postgres'), async (client) => {
      await client.query(`DROP DATABASE ${role} WITH (FORCE)`);
      await client.query(`DROP ROLE ${role}, ${role}_before`);
    });
  });

  it('is told the statement that an administrator runs once, and that is enough', async () => {
    const noTables = await refusal();
    expect(noTables).toBe(
      `The role ${role} may not make tables in the schema public. Let an administrator run this once in the database, then start ` +
        `again: GRANT USAGE, CREATE ON SCHEMA public TO ${role};`,
    );
    await asAdministrator(
      `SET ROLE NONE; GRANT ALL ON SCHEMA public TO ${role}_before; SET ROLE ${role}_before; ${await release()}`,
    );
    await obey(noTables);
    const notOwner = await refusal();
    expect(notOwner).toContain(`belong to the role ${role}_before`);
    await obey(notOwner);
    expect(await refusal()).toBeNull();
  });
});

describe('a data folder of another major version', () => {
  it('is refused with what to do, stays as it is, and what it says brings the data into a new one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everhook older postgres '));
    const running: { stop(): Promise<void> }[] = [];
    const older = async () => {
      const server = await startOlderPostgres(17, join(folder, 'postgres'));
      running.push(server);
      return server;
    };
    const product = async (server: LocalPostgres) =>
      server.urlFor(await ownDatabases(server, productRole, [productDatabase]), productDatabase);
    try {
      const before = await older();
      await migrate(await product(before));
      await connected(await product(before), (client) =>
        client.query(`INSERT INTO organization (id, name) VALUES (gen_random_uuid(), 'Harbour Robotics')`),
      );
      await before.stop();
      await expect(startPostgres({ folder: join(folder, 'postgres') })).rejects.toThrow(
        /PostgreSQL 17 made the data in .*brings PostgreSQL 18.*pg_dump.*new data folder/,
      );

      const again = await older();
      const dump = join(folder, 'everhook.dump');
      await pgTool('pg_dump', [
        '--format=custom',
        '--no-owner',
        '--no-privileges',
        `--file=${dump}`,
        await product(again),
      ]);
      await again.stop();
      const fresh = await startPostgres({ folder: join(folder, 'fresh'), settings: { fsync: 'off' } });
      running.push(fresh);
      const url = await product(fresh);
      await migrate(url);
      await connected(url, (client) => client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
      await pgTool('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${url}`, dump]);
      expect(await migrate(url)).toEqual([]);
      expect((await connected(url, (client) => client.query('SELECT name FROM organization'))).rows).toEqual([
        { name: 'Harbour Robotics' },
      ]);
    } finally {
      for (const each of running) await each.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
