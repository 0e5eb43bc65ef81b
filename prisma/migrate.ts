import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { MigrationDirectory, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { packageRoot } from '../core/ground/packageRoot.ts';
import { migrationNames, migrationsFolder, StartRefused, schemaStanding } from '../core/store/schemaVersion.ts';
import { type Progress, toStderr } from '../local/progress.ts';
import { mayMigrate } from './mayMigrate.ts';

const folder = join(packageRoot, 'prisma');
const noFilter = { externalTables: [], externalEnums: [] };

/** A number that nothing else in the database locks: processes that migrate at the same time wait for each other. */
const migrationLock = 4_583_701_262;
const lockPollMs = 100;
const tellEveryMs = 10_000;
/** No question about what there is to apply takes longer, unless the server hangs. */
const limits = { connectionTimeoutMillis: 5_000, query_timeout: 5_000, keepAlive: true };

/**
 * A migration waits this long for a table that others use, because everybody else who needs the table waits behind it. Then it lets
 * them pass for a while, and tries again. Milliseconds.
 */
const tableLockMs = 4_000;
const letPassMs = 2_000;
/**
 * PostgreSQL goes on with a statement whose client is gone, so an index that was being built would be in the way of the next try.
 * This often it looks whether the client is there. Milliseconds.
 */
const orphanMs = 1_000;
/** It is waited for no longer than this, in milliseconds: some systems cannot look. */
const orphanEndMs = 10 * orphanMs;
/** An index that is built beside writers holds nobody up while it waits for them. */
const besideWriters = /\bCONCURRENTLY\b/i;
const builtBesideWriters = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY ("\w+")/im;
const goneBesideWriters = /^DROP INDEX CONCURRENTLY (?!IF EXISTS)/gim;
/**
 * The engine notes that a migration was applied after it has committed. Ended in between, a start would leave a migration that every
 * later one applies again, and which fails then; so the note is a part of the migration's own transaction.
 */
const note =
  '\n;UPDATE "_prisma_migrations" SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL';
/** PostgreSQL's code for a lock that was not given in time. */
const lockNotAvailable = '55P03';

interface EngineExports extends WebAssembly.Exports {
  __wbindgen_start(): void;
}

/**
 * The package's script serves one instance of the engine in a process: with a second, strings and futures would be read from the memory of
 * the first. This module may be loaded twice, so it is not kept here.
 */
const loaded: { [instance: symbol]: Promise<void> } = globalThis as never;
const theEngine = Symbol.for('everhook.schemaEngine');

/** The package's index imports its .wasm file as a module, which Node before 24 refuses, so it is loaded by hand. */
function loadEngine(): Promise<void> {
  loaded[theEngine] ??= (async () => {
    const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const compiled = await WebAssembly.compile(new Uint8Array(await readFile(script.replace(/\.js$/, '.wasm'))));
    const instance = await WebAssembly.instantiate(compiled, {
      './schema_engine_bg.js': engineModule as unknown as WebAssembly.ModuleImports,
    });
    (engineModule as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(
      instance.exports,
    );
    (instance.exports as EngineExports).__wbindgen_start();
  })();
  return loaded[theEngine];
}

async function migrationsList(base: string): Promise<MigrationList> {
  const names = await migrationNames(base);
  const migrationDirectories: MigrationDirectory[] = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(base, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
  const lock = await readFile(join(base, 'migration_lock.toml'), 'utf8');
  return {
    baseDir: base,
    lockfile: { path: 'migration_lock.toml', content: lock },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

/**
 * The adapter splits a script at every semicolon, also in comments, strings and function bodies. This one sends it whole, as
 * `prisma migrate deploy` does, which also makes each migration one transaction.
 */
class WholeScripts extends PrismaPg {
  readonly #pool: pg.Pool;
  /** Who held the tables that the last script waited for in vain; null if it waited for none. */
  heldBy: string | null = null;

  constructor(pool: pg.Pool) {
    super(pool);
    this.#pool = pool;
  }

  async #run(script: string): Promise<void> {
    const client = await this.#pool.connect();
    let looking: NodeJS.Timeout | undefined;
    try {
      const isBesideWriters = besideWriters.test(script);
      const lockMs = isBesideWriters ? 0 : tableLockMs;
      const { rows } = await client.query<{ pid: number; notes: boolean }>(
        `SELECT pg_backend_pid() AS pid, set_config('lock_timeout', '${lockMs}', false),
                to_regclass('_prisma_migrations') IS NOT NULL AS notes`,
      );
      const [{ pid, notes }] = rows as [{ pid: number; notes: boolean }];
      // Systems that cannot tell whether a client is there refuse it.
      await client.query(`SET client_connection_check_interval = ${orphanMs}`).catch(() => {});
      looking = setInterval(() => {
        void blockersOf(this.#pool, pid).then((found) => {
          if (found !== null) this.heldBy = found;
        });
      }, tableLockMs / 4);
      this.heldBy = null;
      if (!isBesideWriters) {
        await client.query(notes ? script + note : script);
        return;
      }
      // It is no transaction: where it was broken off before, the index is there or gone already, and nobody noted it.
      const [, built] = builtBesideWriters.exec(script) ?? [];
      if (built !== undefined) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${built}`);
      await client.query(script.replace(goneBesideWriters, 'DROP INDEX CONCURRENTLY IF EXISTS '));
    } finally {
      clearInterval(looking);
      client.release();
    }
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      try {
        await this.#run(script);
        this.heldBy = null;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) throw error;
        if (error.code === lockNotAvailable) this.heldBy ??= 'another session';
        else this.heldBy = null;
        throw new DriverAdapterError({
          kind: 'postgres',
          code: error.code ?? 'N/A',
          severity: error.severity ?? 'ERROR',
          message: error.message,
          detail: error.detail,
          column: error.column,
          hint: error.hint,
          originalCode: error.code ?? 'N/A',
          originalMessage: error.message,
        });
      }
    };
    return adapter;
  }
}

/** The sessions that a session waits for, in words; null for none. */
async function blockersOf(pool: pg.Pool, pid: number): Promise<string | null> {
  const { rows } = await pool
    .query<{ pid: number; name: string; since: number }>(
      `SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename, 'unknown') AS name,
              coalesce(extract(epoch FROM now() - a.xact_start), 0)::int AS since
         FROM unnest(pg_blocking_pids($1)) b JOIN pg_stat_activity a ON a.pid = b ORDER BY a.xact_start LIMIT 3`,
      [pid],
    )
    .catch(() => ({ rows: [] }));
  if (rows.length === 0) return null;
  return rows.map((each) => `session ${each.pid} (${each.name}, in a transaction for ${each.since} s)`).join(', ');
}

async function withEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine, schema: string, scripts: WholeScripts) => Promise<T>,
): Promise<T> {
  await loadEngine();
  const schema = await readFile(join(folder, 'schema.prisma'), 'utf8');
  // A pool of our own: the engine never closes the one it would open.
  const { query_timeout: _, ...ofConnections } = limits;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3, ...ofConnections });
  pool.on('error', () => {});
  // Nor does the pool listen to those in use: a server that ends between two statements would end this process.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const scripts = new WholeScripts(pool);
    const factory = bindMigrationAwareSqlAdapterFactory(scripts);
    // The engine reports progress through this callback; a failure arrives as a rejection as well.
    const engine: SchemaEngine = await engineModule.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      factory,
    );
    try {
      return await work(engine, schema, scripts);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/** One at a time: a second process finds nothing left to apply. */
async function exclusively<T>(
  databaseUrl: string,
  report: Progress,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, ...limits });
  client.on('error', () => {});
  await client.connect();
  try {
    // Asked for again and again: a statement that waits for it would hold a snapshot, for whose end an index that is built
    // concurrently waits.
    const beganAt = performance.now();
    for (let toldAt = Number.NEGATIVE_INFINITY; ; ) {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS locked', [migrationLock]);
      if (rows[0].locked) break;
      const now = performance.now();
      if (now - toldAt >= tellEveryMs) {
        const since = toldAt > 0 ? ` (for ${Math.round((now - beganAt) / 1_000)} s now)` : '';
        report(`Another process is applying the migrations; this one waits for it${since}.`);
        toldAt = now;
      }
      await sleep(lockPollMs, undefined, { signal });
    }
    return await work(client);
  } finally {
    // The lock ends with its session.
    await client.end();
  }
}

async function appliedIn(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client
    .query<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    )
    // There is no such table before the first migration, and another role's may not be read.
    .catch(() => ({ rows: [] }));
  return new Set(rows.map(({ name }) => name));
}

/**
 * Applies the migrations that the database does not have yet, in order. They are ordinary Prisma migrations, so
 * `prisma migrate deploy` does the same; this function needs no engine binary. A migration that cannot get a table's lock within
 * seconds lets others pass and tries again, for as long as it takes.
 *
 * @param migrations - the folder of migrations
 * @param report - gets what it waits for. Default: lines on standard error
 * @returns the names of those applied now, oldest first
 * @param signal - gives it up where it waits for others. A migration that runs is broken off only with its process
 * @throws when a migration fails, naming it, or one that was applied has been edited since; StartRefused where a newer build has
 *   migrated the database, the role lacks a right, or the address is that of a pooler
 */
export async function migrate(
  databaseUrl: string,
  migrations = migrationsFolder,
  report: Progress = toStderr,
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const list = await migrationsList(migrations);
  const names = list.migrationDirectories.map(({ path }) => path);
  return exclusively(databaseUrl, report, signal, async (client) => {
    const before = await appliedIn(client);
    if (names.some((name) => !before.has(name))) await mayMigrate(client);
    const { newer } = await schemaStanding(client, names);
    if (newer.length > 0) {
      report(`A newer build has migrated this database (${newer.at(-1)}), in a way that this one can live with.`);
    }
    await withEngine(databaseUrl, async (engine, _schema, scripts) => {
      const beganAt = Date.now();
      for (;;) {
        try {
          return await applyAll(engine, list, databaseUrl);
        } catch (error) {
          if (/database schema is not empty/i.test(String((error as Error).message))) {
            throw new StartRefused(
              "The database has tables already, and none of them are Everhook's. Set DATABASE_URL to a database of its own.",
            );
          }
          if (scripts.heldBy === null) throw error;
          report(
            `A migration has waited for ${Math.round((Date.now() - beganAt) / 1_000)} s for a table that is in use by ` +
              `${scripts.heldBy}. It tries again in ${letPassMs / 1_000} s, so that others can use the table meanwhile.`,
          );
          await sleep(letPassMs, undefined, { signal });
        }
      }
    });
    const after = await appliedIn(client);
    return names.filter((name) => after.has(name) && !before.has(name));
  });
}

async function applyAll(engine: SchemaEngine, list: MigrationList, databaseUrl: string): Promise<void> {
  const { editedMigrationNames, failedMigrationNames } = await engine.diagnoseMigrationHistory({
    migrationsList: list,
    optInToShadowDatabase: false,
    filters: noFilter,
  });
  const edited = editedMigrationNames.filter((name) => !failedMigrationNames.includes(name));
  if (edited.length > 0) {
    throw new Error(
      `These migrations were edited after they were applied: ${edited.join(', ')}. ` +
        'Restore them, and put the change into a new migration.',
    );
  }
  // Each migration is one transaction, so one that failed or was interrupted left nothing behind: it is tried again. Those
  // that build an index beside running writers leave an invalid one.
  if (failedMigrationNames.length > 0) await dropInvalidIndexes(databaseUrl);
  for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
  await engine.applyMigrations({ migrationsList: list, filters: noFilter });
}

async function dropInvalidIndexes(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: limits.connectionTimeoutMillis,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // The server may go on building for a client that is gone, until it notices: both would write the index's row then.
    for (const endAt = performance.now() + orphanEndMs; performance.now() < endAt; await sleep(lockPollMs)) {
      const { rows } = await client.query(
        `SELECT FROM pg_stat_progress_create_index p JOIN pg_index i ON i.indexrelid = p.index_relid
          WHERE p.datname = current_database() AND NOT i.indisvalid`,
      );
      if (rows.length === 0) break;
    }
    const { rows } = await client.query<{ name: string }>(
      `SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace`,
    );
    // Everybody who needs the table would wait behind a plain DROP INDEX, which waits for whoever reads it already.
    for (const { name } of rows) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  } finally {
    await client.end();
  }
}

/** Whether the database has a migration that is newer than this build's newest: then a newer build has run on it. */
export async function isOlderThan(databaseUrl: string, migrations = migrationsFolder): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await schemaStanding(client, await migrationNames(migrations))).newer.length > 0;
  } catch (error) {
    if (error instanceof StartRefused) return true;
    throw error;
  } finally {
    await client.end();
  }
}

/** The SQL that builds a database from `schema.prisma` alone, without migrations. */
export async function schemaScript(databaseUrl: string): Promise<string> {
  const { stdout } = await withEngine(databaseUrl, (engine, schema) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: noFilter,
    }),
  );
  return stdout ?? '';
}
