import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { connected } from './connected.ts';
import type { User } from './unprivileged.ts';

/** How a program signs in to its own databases. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What is needed of an embedded server: where it keeps its files, and its administrator's connection. */
export interface Administered {
  readonly folder: string;
  url(database: string): string;
}

/** Concurrent starts wait for each other: roles belong to the server, not to a database. */
const rolesLock = 4_583_701_263;

export const passwordFile = (folder: string, role: string) => join(folder, `${role}.password`);

/** A random password, made once, readable by its owner alone. */
export async function keptPassword(file: string, user: User | null = null): Promise<string> {
  if (!existsSync(file)) {
    await writeFile(`${file}.new`, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  if (user !== null) await chown(file, user.uid, user.gid);
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Gives the role everything that an earlier version made as the administrator. REASSIGN OWNED cannot do this, because the
 * administrator owns system objects. Objects of an extension stay the extension's.
 */
const handOverSql = `
DO $$
DECLARE
  change text;
BEGIN
  FOR change IN
    SELECT format('ALTER %s %I.%I OWNER TO %I',
      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
      nspname, relname, current_setting('everhook.role'))
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND pg_get_userbyid(relowner) <> current_setting('everhook.role')
      -- A sequence of a column goes with its table.
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND (d.deptype = 'e' OR relkind = 'S' AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT format('ALTER %s %s OWNER TO %I',
      CASE prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'ROUTINE' END, p.oid::regprocedure, current_setting('everhook.role'))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    WHERE nspname = 'public' AND pg_get_userbyid(proowner) <> current_setting('everhook.role')
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('ALTER TYPE %I.%I OWNER TO %I', nspname, typname, current_setting('everhook.role'))
    FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE nspname = 'public' AND pg_get_userbyid(typowner) <> current_setting('everhook.role')
      -- Composite ones that stand alone; those of tables, and arrays, go with what they are of.
      AND (typtype IN ('e', 'd') OR (SELECT relkind = 'c' FROM pg_class WHERE oid = typrelid))
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  LOOP
    EXECUTE change;
  END LOOP;
END $$`;

/**
 * Makes a role that owns the given databases and can enter no other, and the databases, if they are missing. Databases
 * that the administrator owned become the role's, with everything in them.
 */
export async function ownDatabases(
  server: Administered,
  role: string,
  databases: readonly string[],
): Promise<Credentials> {
  const password = await keptPassword(passwordFile(server.folder, role));
  const name = pg.escapeIdentifier(role);
  await connected(server.url('postgres'), async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [rolesLock]);
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${name} LOGIN`);
    await client.query(`ALTER ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(password)}`);
    // Every role may enter every database that does not forbid it.
    await client.query('REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC');
    for (const database of databases) {
      const quoted = pg.escapeIdentifier(database);
      const found = await client.query('SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1', [
        database,
      ]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${quoted} OWNER ${name}`);
      else if (found.rows[0].owner !== role) await client.query(`ALTER DATABASE ${quoted} OWNER TO ${name}`);
      await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${quoted} FROM PUBLIC`);
    }
  });
  for (const database of databases) {
    await connected(server.url(database), async (client) => {
      await client.query("SELECT set_config('everhook.role', $1, false)", [role]);
      await client.query(handOverSql);
    });
  }
  return { user: role, password };
}
