import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { migrationNames } from '../../core/store/schemaVersion.ts';
import { connected } from '../../local/connected.ts';
import { ensureDatabase } from '../../local/postgres.ts';
import { migrate } from '../../prisma/migrate.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type RunningProcess, runProcess } from '../support/productProcess.ts';

const keys = generateKey();
const processes: RunningProcess[] = [];

const killAll = async () => {
  for (const each of processes.splice(0)) await each.kill();
};
afterEach(killAll);

/** An API or a worker by itself. There is no Temporal. */
function run(kind: 'api' | 'worker', databaseUrl: string, env: NodeJS.ProcessEnv = {}): RunningProcess {
  const started = runProcess(`server/processes/${kind}.js`, {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    EVERHOOK_ENCRYPTION_KEYS: keys,
    ...env,
  });
  processes.push(started);
  return started;
}

/** A command of the product. */
function command(name: string, databaseUrl: string, env: NodeJS.ProcessEnv = {}): RunningProcess {
  const started = runProcess('start/everhook.js', { DATABASE_URL: databaseUrl, ...env }, { args: [name] });
  processes.push(started);
  return started;
}

const probe = async (listening: unknown, path: string) => {
  const response = await fetch(`http://${listening}${path}`);
  return [response.status, await response.json()];
};

describe('while the database waits for its migrations', () => {
  const name = `unmigrated_${process.pid}`;
  const admin = () => inject('postgresUrl');
  const url = () => Object.assign(new URL(admin()), { pathname: `/${name}` }).href;

  beforeAll(() => ensureDatabase(admin(), name));
  afterAll(() => connected(admin(), (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)));

  it('the migration is refused where the tables of something else are, before it makes its own beside them', async () => {
    const query = (text: string) => connected(url(), (client) => client.query(text));
    await query('CREATE TABLE invoice ()');
    const { ended, output } = command('migrate', url());
    expect(await ended).toBe(1);
    expect(output()).toMatch(/has tables already, and none of them are Everhook's.*DATABASE_URL/);
    await query('DROP TABLE invoice');
    expect((await query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).rowCount).toBe(0);
  });

  it('the API lives, is not ready and says so; it and the worker go on by themselves once the migrations are there', async () => {
    const [api, worker] = [run('api', url()), run('worker', url())];
    const waiting = await api.said('is not ready');
    expect(waiting.map((line) => line.msg).join()).toContain('it has no tables yet: everhook-server migrate applies');
    const { listening } = waiting.find((line) => line.listening !== undefined) ?? {};
    expect(await probe(listening, '/healthz')).toEqual([200, { status: 'ok' }]);
    const missing = [503, { status: 'unavailable', migrations: 'missing' }];
    expect(await probe(listening, '/readyz')).toEqual(missing);
    expect(await probe(listening, '/readyz?exclude=temporal&exclude=postgresql')).toEqual(missing);
    expect((await fetch(`http://${listening}/graphql`, { method: 'POST', body: '{}' })).status).toBe(503);
    await worker.said('is not ready');

    await migrate(url());
    const ready = await api.said('API ready');
    expect(ready.find((line) => line.msg === 'API ready')?.listening).toBe(listening);
    expect(await probe(listening, '/readyz')).toEqual([
      503,
      { status: 'unavailable', postgresql: 'ok', temporal: 'unreachable' },
    ]);
    await worker.said('TEMPORAL_ADDRESS');
    expect(worker.output()).toMatch(/is ready, after/);
  });

  it('while it refuses writes, as in a failover, both live, are not ready, and go on by themselves afterwards', async () => {
    await migrate(url());
    const writable = (is: boolean) =>
      connected(admin(), (client) => client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${!is}`));
    await writable(false);
    const [port] = await freePorts([0]);
    const worker = run('worker', url(), { EVERHOOK_WORKER_METRICS_PORT: String(port) });
    const api = run('api', url());
    await worker.said('read-only transaction');
    const { listening } = (await api.said('read-only transaction')).find((line) => line.listening !== undefined) ?? {};
    for (const address of [`127.0.0.1:${port}`, listening]) {
      expect(await probe(address, '/healthz')).toEqual([200, { status: 'ok' }]);
      expect(await probe(address, '/readyz')).toEqual([503, { status: 'unavailable', postgresql: 'unreachable' }]);
    }
    await writable(true);
    await Promise.all([worker.said('TEMPORAL_ADDRESS'), api.said('API ready')]);
  });
});

describe('a database that another build has migrated', () => {
  let database: TestDatabase;
  let folder: string | null = null;
  const query = (text: string) => connected(database.url, (client) => client.query(text));
  const applied = (migration: string) =>
    query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           VALUES (gen_random_uuid(), 'x', '${migration}', now(), now(), 1)`);

  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    // Their connections would hold up the end of the database.
    await killAll();
    await database.drop();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  });

  it('is refused by an older one with what to do: by the API, the worker, the migration and start', async () => {
    await applied('29990101000000_delivery_moved');
    const refusal = /migrated by a newer build.*29990101000000_delivery_moved.*Start that newer build again.*backup/;
    await expect(migrate(database.url)).rejects.toThrow(refusal);
    for (const kind of ['api', 'worker'] as const) {
      const { ended, output } = run(kind, database.url);
      expect(await ended).toBe(1);
      expect(output()).toMatch(refusal);
    }
    folder = await mkdtemp(join(tmpdir(), 'everhook data '));
    const settings = { TEMPORAL_ADDRESS: '127.0.0.1:9', EVERHOOK_ENCRYPTION_KEYS: keys, EVERHOOK_DATA_DIR: folder };
    for (const [name, env] of [['migrate'], ['start', settings]] as const) {
      const { ended, output } = command(name, database.url, env);
      expect(await ended, output()).toBe(1);
      expect(output()).toMatch(refusal);
    }
  });

  it('is served by an older one where the newer migrations only add what it does not see', async () => {
    await applied('29990101000000_note_expand');
    const told: string[] = [];
    expect(await migrate(database.url, undefined, (line) => told.push(line))).toEqual([]);
    expect(told).toEqual([expect.stringContaining('29990101000000_note_expand')]);
    await run('api', database.url).said('API ready');
  });

  it('goes on where a start was ended between a change of an index beside writers and the note of it', async () => {
    const { rows } = await query(
      `DELETE FROM _prisma_migrations WHERE migration_name ~ '_index(_gone)?$' RETURNING migration_name AS name`,
    );
    expect(rows.length).toBeGreaterThan(10);
    const names = rows.map(({ name }) => name);
    expect((await migrate(database.url)).toSorted()).toEqual(names.toSorted());
    const invalid = await query('SELECT FROM pg_index WHERE NOT indisvalid');
    expect(invalid.rowCount).toBe(0);
  });

  it('is left as it was by a migration that fails: the command names it and ends with a code other than 0', async () => {
    const failing = '20261128160100_erasures';
    await query(`DELETE FROM _prisma_migrations WHERE migration_name = '${failing}'`);
    const { ended, output } = command('migrate', database.url);
    expect(await ended).toBe(1);
    expect(output()).toContain('already exists');
    expect(output()).toContain(failing);
    const { rows } = await query(`SELECT to_regclass('erasure')::text AS kept`);
    expect(rows).toEqual([{ kept: 'erasure' }]);
  });

  it('is not served while its last migration has failed, which the log names', async () => {
    const newest = (await migrationNames()).at(-1);
    await query(
      `UPDATE _prisma_migrations SET finished_at = NULL, logs = 'it did not work' WHERE migration_name = '${newest}'`,
    );
    const said = await run('api', database.url).said('is not ready');
    expect(said.map(({ msg }) => msg).join()).toContain(`the migration ${newest} failed`);
  });
});

it('a migration is noted in its own transaction: a start that ends right after it is no obstacle to later ones', async () => {
  const database = await createDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'migrations '));
  try {
    await cp(join(packageRoot, 'prisma/migrations'), folder, { recursive: true });
    const added = '29990101000000_added';
    await mkdir(join(folder, added));
    await writeFile(join(folder, added, 'migration.sql'), 'CREATE TABLE added (id integer);\n-- The end.');
    const query = (text: string) => connected(database.url, (client) => client.query(text));
    await query(`
      CREATE FUNCTION ended() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the start has ended'; END $$;
      CREATE TRIGGER ended BEFORE UPDATE OF applied_steps_count ON _prisma_migrations
        FOR EACH ROW EXECUTE FUNCTION ended()`);
    await expect(migrate(database.url, folder)).rejects.toThrow('the start has ended');
    await query('DROP FUNCTION ended CASCADE');
    expect(await migrate(database.url, folder)).toEqual([]);
    const { rows } = await query(
      `SELECT finished_at IS NOT NULL AS finished, to_regclass('added')::text AS made FROM _prisma_migrations
        WHERE migration_name = '${added}' AND rolled_back_at IS NULL`,
    );
    expect(rows).toEqual([{ finished: true, made: 'added' }]);
  } finally {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
});

describe('a migration of a table that another session holds', () => {
  let folder: string;
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
    folder = await mkdtemp(join(tmpdir(), 'migrations '));
    await cp(join(packageRoot, 'prisma/migrations'), folder, { recursive: true });
    const added = join(folder, '29990101000000_held');
    await cp(join(folder, 'migration_lock.toml'), join(added, 'x'), { recursive: true });
    await writeFile(join(added, 'migration.sql'), 'ALTER TABLE event ADD COLUMN note text;');
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says who holds it, lets others use the table meanwhile, and is applied once it is free', async () => {
    const holder = new pg.Client({ connectionString: database.url, application_name: 'nightly report' });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE event IN ACCESS SHARE MODE');
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
    const told: string[] = [];
    let twice = () => {};
    const toldTwice = new Promise<void>((resolve) => {
      twice = resolve;
    });
    const migrating = migrate(database.url, folder, (line) => {
      if (told.push(line) === 2) twice();
    });
    await Promise.race([toldTwice, migrating]);
    expect(told[0]).toMatch(
      new RegExp(
        `waited for \\d+ s for a table that is in use by session ${rows[0].pid} \\(nightly report, .*tries again`,
      ),
    );
    // A reader that waits behind the migration gets its turn when that steps back.
    const beganAt = Date.now();
    await connected(database.url, (client) => client.query('SELECT FROM event LIMIT 1'));
    expect(Date.now() - beganAt).toBeLessThan(30_000);
    await holder.query('COMMIT');
    await holder.end();
    expect(await migrating).toEqual(['29990101000000_held']);
    expect(await connected(database.url, (client) => client.query('SELECT note FROM event'))).toMatchObject({
      rows: [],
    });
  });
});
