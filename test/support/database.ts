import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** Connections that a failed test left open are ended by force at last; on a busy machine a normal end takes time. */
const triesBeforeForce = 5;

/** A test file's own database, with every migration applied. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, and ends connections that are still open. */
  drop(): Promise<void>;
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A copy of the migrated template, made in well under a second. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // FILE_COPY would write a checkpoint for every copy.
  await administer(`CREATE DATABASE ${name} TEMPLATE everhook_template STRATEGY WAL_LOG`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      // A pool ends before its last connections have closed. Ended by force, they would emit errors that nobody handles, which
      // ends the test run. PostgreSQL waits five seconds for them each time.
      for (let tries = 0; tries < triesBeforeForce; tries++) {
        const dropped = await administer(`DROP DATABASE IF EXISTS ${name}`).then(
          () => true,
          () => false,
        );
        if (dropped) return;
      }
      await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
