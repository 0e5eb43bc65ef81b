import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationDirectory, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { packageRoot } from '../server/packageRoot.ts';

const folder = join(packageRoot, 'prisma');
const noFilter = { externalTables: [], externalEnums: [] };

async function migrationsList(): Promise<MigrationList> {
  const base = join(folder, 'migrations');
  const names = (await readdir(base, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((d) => d.name);
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

async function withEngine<T>(databaseUrl: string, work: (engine: SchemaEngine, schema: string) => Promise<T>): Promise<T> {
  const schema = await readFile(join(folder, 'schema.prisma'), 'utf8');
  const factory = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl, max: 2 }));
  // The engine reports progress through this callback; a failure arrives as a rejection as well.
  const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, factory);
  try {
    return await work(engine, schema);
  } finally {
    engine.free();
  }
}

/**
 * Applies the migrations that the database does not have yet, in order. They are ordinary Prisma migrations, so
 * `prisma migrate deploy` does the same; this needs no engine binary.
 *
 * @returns the names of those applied now, oldest first
 * @throws when a migration fails, or one that was applied has been edited since
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  return withEngine(databaseUrl, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await migrationsList(),
      filters: noFilter,
    });
    return appliedMigrationNames;
  });
}

/** The SQL that would take a migrated database to what `schema.prisma` says; empty where they agree. */
export async function drift(databaseUrl: string): Promise<string> {
  return withEngine(databaseUrl, async (engine, schema) => {
    const { stdout } = await engine.diff({
      from: { tag: 'url', url: databaseUrl },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: noFilter,
    } as never);
    return stdout ?? '';
  });
}
