import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownDatabases, passwordFile } from '../../../local/databaseRoles.ts';
import { ensureDatabase, type LocalPostgres, startPostgres } from '../../../local/postgres.ts';
import { migrate } from '../../../prisma/migrate.ts';

let folder: string;
let server: LocalPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook roles '));
  server = await startPostgres({ folder, settings: { shared_buffers: '16MB', fsync: 'off' } });
});
afterAll(async () => {
  await server.kill();
  await rm(folder, { recursive: true, force: true });
});

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the roles of the embedded PostgreSQL', () => {
  it('give a database that the administrator made to its role, with its data and all that is in it', async () => {
    // As 0.1.0 left it.
    await ensureDatabase(server.url('postgres'), 'everhook');
    await migrate(server.url('everhook'));
    await query(server.url('everhook'), "INSERT INTO organization (id, name) VALUES (gen_random_uuid(), 'Acme')");

    const credentials = await ownDatabases(server, 'everhook_app', ['everhook']);
    const url = server.urlFor(credentials, 'everhook');
    expect(await query(url, 'SELECT name FROM organization')).toEqual([{ name: 'Acme' }]);
    const owners = `
      SELECT pg_get_userbyid(relowner) AS owner, relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION SELECT pg_get_userbyid(proowner), proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION SELECT pg_get_userbyid(typowner), typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
      UNION SELECT pg_get_userbyid(datdba), datname FROM pg_database WHERE datname = current_database()`;
    const others = (await query(url, owners)).filter(({ owner }) => owner !== 'everhook_app');
    expect(others).toEqual([]);
    // Later migrations are its own.
    expect(await migrate(url)).toEqual([]);
    await query(url, 'ALTER TABLE organization ADD COLUMN later text');
    await query(url, 'CREATE TABLE later (id int)');
    // A second start finds nothing to do.
    expect(await ownDatabases(server, 'everhook_app', ['everhook'])).toEqual(credentials);
  });

  it('are no superusers, enter no database but their own, and keep passwords that their owner alone may read', async () => {
    const app = await ownDatabases(server, 'app', ['app_database']);
    const other = await ownDatabases(server, 'other', ['other_database', 'other_visibility']);
    const url = server.urlFor(app, 'app_database');
    expect(
      await query(url, 'SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user'),
    ).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
    for (const database of ['other_database', 'other_visibility', 'postgres', 'template1']) {
      await expect(query(server.urlFor(app, database), 'SELECT 1')).rejects.toThrow(/permission denied for database/);
    }
    await expect(query(url, "SELECT pg_read_file('pg_hba.conf')")).rejects.toThrow(/permission denied/);
    expect(other.password).not.toBe(app.password);
    expect((await stat(passwordFile(folder, 'app'))).mode & 0o777).toBe(0o600);
  });
});
