import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { ensureDatabase } from '../../../local/postgres.ts';
import { isOlderThan, migrate } from '../../../prisma/migrate.ts';
import { createDatabase } from '../../support/database.ts';

let folder: string;
let url: string;
let admin: pg.Client;
let name: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations '));
  name = `migrate_${Date.now()}`;
  await ensureDatabase(inject('postgresUrl'), name);
  url = Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
  admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
});

afterEach(async () => {
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
  await rm(folder, { recursive: true });
});

async function query(text: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A folder of migrations, each a name and its script. */
async function write(migrations: Record<string, string>) {
  await rm(folder, { recursive: true });
  await cp(join(packageRoot, 'prisma/migrations/migration_lock.toml'), join(folder, 'migration_lock.toml'));
  for (const [migration, script] of Object.entries(migrations)) {
    await cp(join(folder, 'migration_lock.toml'), join(folder, migration, 'x'), { recursive: true });
    await writeFile(join(folder, migration, 'migration.sql'), script);
  }
}

/** A process that only migrates: the compiled module, the database, the folder. */
const run = 'const [, module, url, folder] = process.argv; await (await import(module)).migrate(url, folder);';

describe('migrate', () => {
  it('applies every migration of the product once', async () => {
    const all = (await readdir(join(packageRoot, 'prisma/migrations'))).filter((entry) => !entry.endsWith('.toml'));
    expect(await migrate(url)).toEqual(all.sort());
    expect(await migrate(url)).toEqual([]);
  });

  it('tells a build that is older than the database', async () => {
    await write({ '1_start': 'CREATE TABLE a ()', '2_next': 'CREATE TABLE b ()' });
    await migrate(url, folder);
    expect(await isOlderThan(url, folder)).toBe(false);
    await rm(join(folder, '2_next'), { recursive: true });
    expect(await isOlderThan(url, folder)).toBe(true);
    // A newer build, and one whose earlier migrations were joined into one.
    await write({ '3_later': 'CREATE TABLE c ()' });
    expect(await isOlderThan(url, folder)).toBe(false);
  });

  it('lets starts at the same time wait for each other, so that one of them applies', async () => {
    const applied = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it('sends a script whole: semicolons in comments, strings and functions do not cut it', async () => {
    await write({
      '1_start': `-- a comment; with a semicolon
        CREATE TABLE a (t text DEFAULT 'x;y');
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;`,
    });
    await migrate(url, folder);
    expect(await query('SELECT f()')).toEqual([{ f: 1 }]);
  });

  it('leaves nothing of a migration that fails, says why, and tries it again when it is mended', async () => {
    await write({ '1_start': 'CREATE TABLE a (x int);', '2_next': 'CREATE TABLE b (x int); SELECT no_such_thing();' });
    await expect(migrate(url, folder)).rejects.toThrow(/no_such_thing/);
    expect(await query("SELECT tablename FROM pg_tables WHERE tablename IN ('a', 'b')")).toEqual([{ tablename: 'a' }]);
    await write({ '1_start': 'CREATE TABLE a (x int);', '2_next': 'CREATE TABLE b (x int);' });
    expect(await migrate(url, folder)).toEqual(['2_next']);
  });

  it('tries an index again that was being built beside writers when the migration failed', async () => {
    await write({ '1_start': 'CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1);' });
    await migrate(url, folder);
    await write({
      '1_start': 'CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1);',
      '2_index': 'CREATE UNIQUE INDEX CONCURRENTLY a_x ON a (x);',
    });
    await expect(migrate(url, folder)).rejects.toThrow(/2_index/);
    await query('TRUNCATE a');
    expect(await migrate(url, folder)).toEqual(['2_index']);
    expect(await query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_x'::regclass")).toEqual([
      { indisvalid: true },
    ]);
  });

  it('uses one engine in a process, in which this module may be loaded twice', async () => {
    await write({ '1_start': 'CREATE TABLE a (x int);' });
    expect(await migrate(url, folder)).toEqual(['1_start']);
    await write({ '1_start': 'CREATE TABLE a (x int);', '2_more': 'CREATE TABLE b (x int);' });
    const copy = '../../../prisma/migrate.ts?copy';
    const again = (await import(/* @vite-ignore */ copy)) as { readonly migrate: typeof migrate };
    expect(again.migrate).not.toBe(migrate);
    expect(await again.migrate(url, folder)).toEqual(['2_more']);
    await write({ '3_broken': 'CREATE TABLE a (x int);' });
    await expect(migrate(url, folder)).rejects.toThrow('3_broken');
  });

  it('tries an index again after its process was killed, while a dump reads the table, and nobody waits for it', async () => {
    const start = 'CREATE TABLE a (x int);';
    await write({ '1_start': start });
    await migrate(url, folder);
    await write({ '1_start': start, '2_index': 'CREATE INDEX CONCURRENTLY a_x ON a (x);' });
    const waiting = (statement: string) =>
      vi.waitUntil(
        async () =>
          (
            await query(
              `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '${statement}%'`,
            )
          ).length > 0,
        { timeout: 30_000 },
      );
    const dump = new pg.Client({ connectionString: url });
    await dump.connect();
    try {
      await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM a');
      const args = ['--input-type=module', '-e', run, join(packageRoot, 'dist/prisma/migrate.js'), url, folder];
      const killed = spawn(process.execPath, args, { stdio: 'ignore' });
      const ended = new Promise((resolve) => killed.once('exit', resolve));
      await waiting('CREATE INDEX CONCURRENTLY');
      killed.kill('SIGKILL');
      await ended;
      const again = migrate(url, folder);
      await waiting('DROP INDEX');
      await query("SET lock_timeout = '5s'; SELECT FROM a; INSERT INTO a VALUES (1)");
      await dump.query('COMMIT');
      expect(await again).toEqual(['2_index']);
    } finally {
      await dump.end();
    }
    expect(await query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_x'::regclass")).toEqual([
      { indisvalid: true },
    ]);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await write({ '1_start': 'CREATE TABLE a (x int);' });
    await migrate(url, folder);
    await write({ '1_start': 'CREATE TABLE a (x bigint);' });
    await expect(migrate(url, folder)).rejects.toThrow(/1_start.*new migration/);
  });
});

describe('createDatabase', () => {
  it('gives each caller a migrated database of its own', async () => {
    const databases = await Promise.all([createDatabase(), createDatabase()]);
    try {
      expect(new Set(databases.map((database) => database.url)).size).toBe(2);
      for (const database of databases) expect(await migrate(database.url)).toEqual([]);
    } finally {
      await Promise.all(databases.map((database) => database.drop()));
    }
  });
});
