import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { packageRoot } from '../ground/packageRoot.ts';
import { version } from '../ground/version.ts';

/** The migrations of this build, each a folder. */
export const migrationsFolder = join(packageRoot, 'prisma', 'migrations');

/**
 * A migration whose name ends so only adds what older builds do not see: they go on running on the database, so that a rolling
 * upgrade and the way back stay possible. A build that meets any other migration that it does not know refuses to run.
 */
const expands = /_expand$/;

/** A start that waiting does not help. Its message says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** How the database's structure compares with what this build needs. */
export interface SchemaStanding {
  /** Why this build cannot use the database yet; null if it can. */
  readonly lacking: string | null;
  /** Migrations that this build does not know, made by newer builds, oldest first. */
  readonly newer: readonly string[];
}

/** @returns the names of the migrations, oldest first */
export async function migrationNames(folder = migrationsFolder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

interface Row {
  readonly name: string;
  readonly applied: boolean;
  readonly failed: boolean;
}

/**
 * Compares the database with this build.
 *
 * @param names - this build's migrations, oldest first
 * @throws StartRefused if the database was migrated by a newer build in a way that this one cannot live with
 */
export async function schemaStanding(client: ClientBase, names: readonly string[]): Promise<SchemaStanding> {
  const newest = names.at(-1) ?? '';
  const exists = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`);
  if (!exists.rows[0].exists) return { lacking: 'it has no tables yet', newer: [] };
  const { rows } = await client.query<Row>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS applied, coalesce(logs, '') <> '' AS failed
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name COLLATE "C", started_at`,
  );
  // Their names begin with their time. An earlier one that is not known here was joined into another.
  const newer = rows.filter(({ name, applied }) => applied && name > newest).map(({ name }) => name);
  const foreign = newer.filter((name) => !expands.test(name));
  if (foreign.length > 0) {
    throw new StartRefused(
      `The database was migrated by a newer build of Everhook (${foreign.at(-1)}), and this build (${version}) cannot run on it. ` +
        'Start that newer build again. To go back to this one, restore the backup that was made before the upgrade.',
    );
  }
  const applied = new Set(rows.filter((row) => row.applied).map(({ name }) => name));
  const missing = names.filter((name) => !applied.has(name));
  const begun = rows.find(({ name, applied: done }) => !done && missing.includes(name));
  const lacking =
    missing.length === 0
      ? null
      : begun?.failed
        ? `the migration ${begun.name} failed`
        : begun
          ? `the migration ${begun.name} is being applied`
          : `it lacks ${missing.length} migration${missing.length === 1 ? '' : 's'} of this build, up to ${newest}`;
  return { lacking, newer };
}
