import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../../core/ground/freePorts.ts';
import { connected } from '../../../local/connected.ts';
import { startPostgres } from '../../../local/postgres.ts';
import { startTemporal } from '../../../local/temporal.ts';
import { temporalBinaries } from '../../../local/temporalBinaries.ts';
import { setUpSchemas } from '../../../local/temporalSchema.ts';
import { temporalServer } from '../../support/temporal.ts';
import { temporalCli } from '../../support/temporalCli.ts';
import { timeSkippingEnvironment } from '../../support/timeSkipping.ts';

describe('the local Temporal', () => {
  let connection: Connection;
  let namespace: string;

  beforeAll(async () => {
    const server = await temporalServer();
    namespace = server.namespace;
    connection = await Connection.connect({ address: server.address });
  });
  afterAll(() => connection.close());

  it('keeps closed workflows for three days', async () => {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 24 * 3600);
  });

  it('knows worker deployments', async () => {
    const { workerDeployments } = await connection.workflowService.listWorkerDeployments({ namespace });
    expect(Array.isArray(workerDeployments)).toBe(true);
  });
});

it('a first start whose port another program takes meanwhile begins again on others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everhook temporal '));
  const server = await startPostgres({ folder, settings: { shared_buffers: '16MB', fsync: 'off' } });
  const thieves: Server[] = [];
  try {
    const wanted = await freePorts(Array(8).fill(0));
    const starting = startTemporal({ folder, postgres: server, ports: wanted, progress: () => {} });
    // The file, or the process, is there a moment before the server listens.
    const begun = () =>
      existsSync(join(folder, 'temporal', 'server.yaml')) || existsSync(join(folder, 'temporal', 'temporal.pid'));
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 2));
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(wanted[0], '127.0.0.1', resolve));
    thieves.push(thief);
    const temporal = await starting;
    expect(temporal.ports[0]).not.toBe(wanted[0]);
    await temporal.stop();
  } finally {
    for (const thief of thieves) thief.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

describe('the databases of Temporal', () => {
  it('broken off at any moment, their making and their upgrade begin again from what was whole', async () => {
    const binaries = await temporalBinaries(() => {});
    // A machine without Go has Temporal's development server, which has a file and no schema to set up.
    if (binaries.kind === 'cli') return;
    const folder = await mkdtemp(join(tmpdir(), 'everhook temporal '));
    const server = await startPostgres({ folder, settings: { shared_buffers: '16MB', fsync: 'off' } });
    const ask = async (database: string, text: string) =>
      (await connected(server.url(database), (client) => client.query(text))).rows;
    const tables = (database: string) => ask(database, "SELECT FROM pg_tables WHERE schemaname = 'public'");
    const version = async () =>
      (await ask('temporal_visibility', 'SELECT curr_version, db_name FROM schema_version'))[0];
    const breakOff = async () => {
      const ending = new AbortController();
      const making = setUpSchemas(binaries.sql, server, ending.signal).catch((error: unknown) => error);
      const begun = vi.waitFor(
        async () => expect((await tables('temporal_visibility_new')).length).toBeGreaterThan(2),
        { timeout: 30_000, interval: 5 },
      );
      expect(await Promise.race([making, begun.then(() => 'begun')])).toBe('begun');
      ending.abort(new Error('given up'));
      expect(await making).toEqual(new Error('given up'));
    };
    try {
      await breakOff();
      await setUpSchemas(binaries.sql, server, new AbortController().signal);
      expect(await version()).toEqual({ curr_version: '1.14', db_name: 'temporal_visibility' });

      // As an older Temporal leaves it: what is upgraded keeps its rows.
      await ask('temporal_visibility', "UPDATE schema_version SET curr_version = '1.13'");
      await ask('temporal_visibility', 'CREATE TABLE kept AS SELECT 42 AS answer');
      await breakOff();
      expect(await version()).toEqual({ curr_version: '1.13', db_name: 'temporal_visibility' });
      await setUpSchemas(binaries.sql, server, new AbortController().signal);
      expect(await version()).toEqual({ curr_version: '1.14', db_name: 'temporal_visibility' });
      expect(await ask('temporal_visibility', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      const left = await ask('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'temporal%' ORDER BY 1");
      expect(left).toEqual([{ datname: 'temporal' }, { datname: 'temporal_visibility' }]);
    } finally {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the databases of Temporal that a first start of 0.1.0 left half made', () => {
  it.each([1, 4, 15, 40])('after %i changes, are made whole', async (changes) => {
    const binaries = await temporalBinaries(() => {});
    if (binaries.kind === 'cli') return;
    const folder = await mkdtemp(join(tmpdir(), 'everhook temporal '));
    const server = await startPostgres({ folder, settings: { shared_buffers: '16MB', fsync: 'off' } });
    const ask = async (database: string, text: string) =>
      (await connected(server.url(database), (client) => client.query(text))).rows;
    const { username, password } = new URL(server.url('postgres'));
    const databases = [
      ['temporal', '1.19'],
      ['temporal_visibility', '1.14'],
    ] as const;
    try {
      for (const [database] of databases) {
        // As 0.1.0 did: in place, as the administrator, each statement committed for itself.
        await ask('postgres', `CREATE DATABASE ${database}`);
        await ask(
          database,
          `CREATE SCHEMA breaking;
           CREATE SEQUENCE breaking.changes;
           CREATE FUNCTION breaking.off() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('breaking.changes') > ${changes} THEN RAISE 'killed'; END IF;
           END $$;
           CREATE EVENT TRIGGER breaking ON ddl_command_start EXECUTE FUNCTION breaking.off()`,
        );
        const tool = (...args: string[]) =>
          promisify(execFile)(binaries.sql, ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', ...args], {
            env: {
              SQL_PORT: String(server.port),
              SQL_USER: username,
              SQL_PASSWORD: password,
              SQL_DATABASE: database,
            },
          });
        const name = database === 'temporal' ? 'temporal' : 'visibility';
        await tool('setup-schema', '--version', '0.0').catch(() => {});
        await expect(tool('update-schema', '--schema-name', `postgresql/v12/${name}`), database).rejects.toThrow();
        await ask(database, 'DROP EVENT TRIGGER breaking; DROP SCHEMA breaking CASCADE');
      }
      await setUpSchemas(binaries.sql, server, new AbortController().signal);
      for (const [database, version] of databases) {
        expect(await ask(database, 'SELECT curr_version, db_name FROM schema_version')).toEqual([
          { curr_version: version, db_name: database },
        ]);
      }
      const left = await ask('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'temporal%' ORDER BY 1");
      expect(left).toEqual([{ datname: 'temporal' }, { datname: 'temporal_visibility' }]);
    } finally {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the development server', () => {
  it('whose first start was killed while it made its tables starts again, with what it holds from then on', async () => {
    const cli = await temporalCli();
    const folder = await mkdtemp(join(tmpdir(), 'everhook temporal '));
    const file = join(folder, 'temporal', 'temporal.db');
    const said: string[] = [];
    const start = () =>
      startTemporal({
        folder,
        cli,
        postgres: null as never,
        namespace: 'default',
        progress: (line) => said.push(line),
      });
    try {
      await mkdir(join(folder, 'temporal'));
      const [port] = await freePorts([0]);
      const killed = spawn(cli, ['server', 'start-dev', '--headless', '--port', String(port), '--db-filename', file], {
        stdio: 'ignore',
      });
      await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 20_000, interval: 1 });
      killed.kill('SIGKILL');
      await once(killed, 'close');
      const server = await start();
      expect(said.join()).toContain('makes them anew');
      const namespaces = async (address: string, added?: string) => {
        const connection = await Connection.connect({ address });
        if (added) {
          const retention = { seconds: 86_400 } as never;
          await connection.workflowService.registerNamespace({
            namespace: added,
            workflowExecutionRetentionPeriod: retention,
          });
        }
        const { namespaces: all } = await connection.workflowService.listNamespaces({});
        await connection.close();
        return all.map(({ namespaceInfo }) => namespaceInfo?.name);
      };
      await namespaces(server.address, 'kept');
      await server.stop();
      said.length = 0;
      const again = await start();
      expect(said.join()).not.toContain('anew');
      expect(await namespaces(again.address)).toContain('kept');
      await again.stop();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the time-skipping environment', () => {
  it('lets two hours pass at once', async () => {
    const environment = await timeSkippingEnvironment();
    try {
      const before = Date.now();
      const from = await environment.currentTimeMs();
      await environment.sleep('2h');
      expect((await environment.currentTimeMs()) - from).toBeGreaterThanOrEqual(7_200_000);
      expect(Date.now() - before).toBeLessThan(60_000);
    } finally {
      await environment.teardown();
    }
  });
});
