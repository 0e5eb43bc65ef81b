import type pg from 'pg';
import { StartRefused } from '../core/store/schemaVersion.ts';

/**
 * Checks that the role may make tables and change those that are there. It need not be a superuser, and needs no extension.
 *
 * @throws StartRefused with the statement that an administrator runs once
 */
export async function mayMigrate(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{
    role: string;
    place: string | null;
    may: boolean | null;
    owner: string | null;
  }>(
    `SELECT quote_ident(current_user) AS role, quote_ident(current_schema()) AS place,
            has_schema_privilege(current_schema(), 'CREATE') AS may,
            (SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class
              WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p', 'S', 'v')
                AND NOT pg_has_role(relowner, 'USAGE') LIMIT 1) AS owner`,
  );
  const { role, place, may, owner } = rows[0] as (typeof rows)[0];
  const administrator = 'Let an administrator run this once in the database, then start again:';
  if (place === null) {
    throw new StartRefused(
      `The role ${role} may use no schema of its search_path. ${administrator} CREATE SCHEMA IF NOT EXISTS public AUTHORIZATION ${role};`,
    );
  }
  if (!may) {
    throw new StartRefused(
      `The role ${role} may not make tables in the schema ${place}. ${administrator} GRANT USAGE, CREATE ON SCHEMA ${place} TO ${role};`,
    );
  }
  if (owner !== null) {
    throw new StartRefused(
      `The tables in the schema ${place} belong to the role ${owner}, so ${role} may not change them. ${administrator} REASSIGN OWNED BY ${owner} TO ${role};`,
    );
  }
}
