import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { MigrationDirectory, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { packageRoot } from '../core/ground/packageRoot.ts';

const folder = join(packageRoot, 'prisma');
const noFilter = { externalTables: [], externalEnums: [] };

/** A number that nothing else in the database locks: processes that migrate at the same time wait for each other. */
const migrationLock = 4_583_701_262;
const lockPollMs = 100;

interface EngineExports extends WebAssembly.Exports {
  __wbindgen_start(): void;
}

/** The package's index imports its .wasm file as a module, which Node before 24 refuses, so it is loaded by hand. */
let loading: Promise<void> | null = null;
function loadEngine(): Promise<void> {
  loading ??= (async () => {
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
  return loading;
}

async function migrationsList(base: string): Promise<MigrationList> {
  const names = (await readdir(base, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const migrationDirectories: MigrationDirectory[] = await Promise.all(
    names.sort().map(async (name) => ({
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

  constructor(pool: pg.Pool) {
    super(pool);
    this.#pool = pool;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      try {
        await this.#pool.query(script);
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) throw error;
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

async function withEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine, schema: string) => Promise<T>,
): Promise<T> {
  await loadEngine();
  const schema = await readFile(join(folder, 'schema.prisma'), 'utf8');
  // A pool of our own: the engine never closes the one it would open.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => {});
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
    // The engine reports progress through this callback; a failure arrives as a rejection as well.
    const engine: SchemaEngine = await engineModule.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      factory,
    );
    try {
      return await work(engine, schema);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/** One at a time: a second process finds nothing left to apply. */
async function exclusively<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
  client.on('error', () => {});
  await client.connect();
  try {
    // Asked for again and again: a statement that waits for it would hold a snapshot, for whose end an index that is built
    // concurrently waits.
    for (;;) {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS locked', [migrationLock]);
      if (rows[0].locked) break;
      await new Promise((resolve) => setTimeout(resolve, lockPollMs));
    }
    return await work();
  } finally {
    // The lock ends with its session.
    await client.end();
  }
}

/**
 * Applies the migrations that the database does not have yet, in order. They are ordinary Prisma migrations, so
 * `prisma migrate deploy` does the same; this function needs no engine binary.
 *
 * @param migrations - the folder of migrations
 * @returns the names of those applied now, oldest first
 * @throws when a migration fails, or one that was applied has been edited since
 */
export async function migrate(databaseUrl: string, migrations = join(folder, 'migrations')): Promise<string[]> {
  const list = await migrationsList(migrations);
  return exclusively(databaseUrl, () =>
    withEngine(databaseUrl, async (engine) => {
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
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters: noFilter });
      return appliedMigrationNames;
    }),
  );
}

async function dropInvalidIndexes(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace`,
    );
    for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  } finally {
    await client.end();
  }
}

/** Whether the database has a migration that is newer than this build's newest: then a newer build has run on it. */
export async function isOlderThan(databaseUrl: string, migrations = join(folder, 'migrations')): Promise<boolean> {
  // Their names begin with their time.
  const newest = (await migrationsList(migrations)).migrationDirectories.at(-1)?.path ?? '';
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query(
      'SELECT 1 FROM _prisma_migrations WHERE finished_at IS NOT NULL AND migration_name > $1 COLLATE "C" LIMIT 1',
      [newest],
    );
    return rowCount === 1;
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
