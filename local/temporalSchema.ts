import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { connected } from './connected.ts';
import { type Administered, type Credentials, ownDatabases } from './databaseRoles.ts';
import { plainEnvironment } from './environment.ts';
import { temporalDatabase, visibilityDatabase } from './temporalConfig.ts';

/** An embedded server, as the tool that makes Temporal's schemas reaches it. */
export interface SchemaServer extends Administered {
  readonly port: number;
  urlFor(credentials: Credentials, database: string): string;
}

/** Owns only Temporal's two databases. */
const temporalRole = 'temporal';

/**
 * Each database, the schema that the tool holds for it, the last version of that schema in the Temporal that runs here, and a table
 * that has rows as soon as a Temporal has run.
 */
const databases = [
  { database: temporalDatabase, schema: 'postgresql/v12/temporal', version: '1.19', used: 'namespaces' },
  { database: visibilityDatabase, schema: 'postgresql/v12/visibility', version: '1.14', used: 'executions_visibility' },
] as const;

const run = promisify(execFile);

/** @returns null where it is missing, or was never set up */
async function versionOf(server: SchemaServer, database: string): Promise<string | null> {
  const { rowCount } = await connected(server.url('postgres'), (client) =>
    client.query('SELECT FROM pg_database WHERE datname = $1', [database]),
  );
  if (rowCount === 0) return null;
  return connected(server.url(database), async (client) => {
    const table = await client.query("SELECT FROM pg_tables WHERE tablename = 'schema_version'");
    if (table.rowCount === 0) return null;
    const { rows } = await client.query<{ curr_version: string }>('SELECT curr_version FROM schema_version');
    return rows[0]?.curr_version ?? null;
  });
}

/** Whether no Temporal has ever run on it, so that it holds nothing. */
const isUnused = (server: SchemaServer, database: string, table: string): Promise<boolean> =>
  connected(server.url(database), async (client) => {
    const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
    return !rows[0]?.there || (await client.query(`SELECT FROM ${table} LIMIT 1`)).rowCount === 0;
  });

/** Versions are `1.<number>`. A newer one stays: Temporal itself says whether it can use it. */
const isUpToDate = (version: string, wanted: string) => Number(version.split('.')[1]) >= Number(wanted.split('.')[1]);

/**
 * Makes or upgrades the two databases with the server's own tool, which holds the schemas and tracks their versions. The
 * tool commits each statement and cannot go on from the middle of a version, so it works on a database beside the right
 * one, which takes its place when it is whole: a start that is killed meanwhile leaves what was there before.
 *
 * @param sql - the tool
 * @param signal - gives up
 * @returns how Temporal signs in
 */
export async function setUpSchemas(sql: string, server: SchemaServer, signal: AbortSignal): Promise<Credentials> {
  // First alone: both need the role, and one password.
  await ownDatabases(server, temporalRole, []);
  await Promise.all(databases.map((each) => setUp(sql, server, each, signal)));
  return ownDatabases(
    server,
    temporalRole,
    databases.map(({ database }) => database),
  );
}

async function setUp(
  sql: string,
  server: SchemaServer,
  { database, schema, version, used }: (typeof databases)[number],
  signal: AbortSignal,
): Promise<void> {
  const present = await versionOf(server, database);
  if (present !== null && isUpToDate(present, version)) return;
  signal.throwIfAborted();
  const [right, old, made] = [database, `${database}_old`, `${database}_new`].map(pg.escapeIdentifier);
  const administer = (...statements: string[]) =>
    connected(server.url('postgres'), async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  /** The version's row has the name of its database. */
  const named = (name: string) =>
    connected(server.url(`${database}_new`), (client) =>
      client.query('UPDATE schema_version SET db_name = $1', [name]),
    );
  const make = async (upgraded: boolean): Promise<void> => {
    // What an earlier start left half done; its tool may still work on it.
    await administer(`DROP DATABASE IF EXISTS ${made} WITH (FORCE)`);
    if (upgraded) await administer(`CREATE DATABASE ${made} TEMPLATE ${right}`);
    const credentials = await ownDatabases(server, temporalRole, [`${database}_new`]);
    const tool = (...args: string[]) =>
      run(sql, ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', ...args], {
        signal,
        // In the environment, because every user of the machine can read arguments.
        env: {
          ...plainEnvironment(),
          SQL_PORT: String(server.port),
          SQL_USER: credentials.user,
          SQL_PASSWORD: credentials.password,
          SQL_DATABASE: `${database}_new`,
        },
      }).catch((error: Error & { stdout?: string; stderr?: string }) => {
        signal.throwIfAborted();
        throw new Error(`Temporal's schema could not be set up: ${error.stdout ?? ''}${error.stderr ?? error.message}`);
      });
    if (upgraded) await named(`${database}_new`);
    else await tool('setup-schema', '--version', '0.0');
    await tool('update-schema', '--schema-name', schema);
    await named(database);
  };
  await make(present !== null).catch(async (error: unknown) => {
    signal.throwIfAborted();
    // Release 0.1 worked on the right database: its first start, killed meanwhile, left a part of a version.
    if (present === null || !(await isUnused(server, database, used))) throw error;
    await make(false);
  });
  await administer(
    `DROP DATABASE IF EXISTS ${old} WITH (FORCE)`,
    'BEGIN',
    `DO $$ BEGIN
       IF EXISTS (SELECT FROM pg_database WHERE datname = ${pg.escapeLiteral(database)}) THEN
         ALTER DATABASE ${right} RENAME TO ${old};
       END IF;
     END $$`,
    `ALTER DATABASE ${made} RENAME TO ${right}`,
    'COMMIT',
    `DROP DATABASE IF EXISTS ${old} WITH (FORCE)`,
  );
}
