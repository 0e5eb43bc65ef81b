import { commandOutput } from '../core/composition/commandOutput.ts';
import { ConfigError, loadConfig } from '../core/composition/config.ts';
import { reachableDatabase, reasonOf, untilReached } from '../core/composition/reach.ts';
import { migrate } from '../prisma/migrate.ts';

const { say, fail } = commandOutput('migrate');

/** `everhook-server migrate`: applies the database migrations that are missing. Of several at the same time, one does it. */
async function main(): Promise<void> {
  const { databaseUrl } = loadConfig(process.env);
  if (databaseUrl === null) {
    throw new ConfigError(['DATABASE_URL: is missing. Set it to the PostgreSQL 15 or newer that Everhook uses.']);
  }
  await untilReached(reachableDatabase(databaseUrl), say);
  const applied = await migrate(databaseUrl, undefined, say);
  for (const name of applied) say(`Applied ${name}`);
  say(applied.length === 0 ? 'No migration was missing.' : 'All migrations are applied.');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const why = error instanceof ConfigError ? error.message : `The migrations were not applied: ${reasonOf(error)}`;
    fail(why);
    process.exit(1);
  },
);
