// Takes every event into a staging table of PostgreSQL, one row for each delivery however often it comes, and keeps the
// newest state of every resource in a dimension table.
//
//   WEBHOOK_SECRET=… DATABASE_URL=postgres://… node examples/warehouse.mjs
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { serve } from './receive.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });

/** How often staged events are processed, in milliseconds. */
const everyMs = 1_000;

async function stage({ delivery_id, event, timestamp, organization_id, project_id, data }) {
  await pool.query(
    `INSERT INTO onplana.staging (delivery_id, event, occurred_at, organization_id, project_id, data)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (delivery_id) DO NOTHING`,
    [delivery_id, event, timestamp, organization_id, project_id, JSON.stringify(data)],
  );
}

/** Moves staged events into the dimension, a batch at a time; an older state never replaces a newer one. */
async function work() {
  for (;;) {
    const { rowCount } = await pool.query(`
      WITH batch AS (
        SELECT delivery_id, split_part(event, '.', 1) AS kind, split_part(event, '.', 2) AS verb, occurred_at, data
          FROM onplana.staging WHERE NOT processed ORDER BY occurred_at, delivery_id LIMIT 1000 FOR UPDATE SKIP LOCKED
      ),
      newest AS (
        SELECT DISTINCT ON (kind, data ->> 'id') kind, data ->> 'id' AS id, verb = 'deleted' AS deleted, occurred_at,
               data - 'diff' AS state
          FROM batch WHERE data ? 'id' ORDER BY kind, data ->> 'id', occurred_at DESC, delivery_id DESC
      ),
      kept AS (
        INSERT INTO onplana.resource AS r (kind, id, deleted, occurred_at, state)
        SELECT kind, id, deleted, occurred_at, state FROM newest
        ON CONFLICT (kind, id) DO UPDATE
          SET deleted = excluded.deleted, occurred_at = excluded.occurred_at, state = excluded.state
          WHERE r.occurred_at <= excluded.occurred_at
      )
      UPDATE onplana.staging s SET processed = true FROM batch WHERE s.delivery_id = batch.delivery_id`);
    if (rowCount === 0) return;
  }
}

await pool.query(await readFile(new URL('warehouse.sql', import.meta.url), 'utf8'));
serve(stage);

const again = () =>
  work()
    .catch((error) => console.error(error))
    .then(() => setTimeout(again, everyMs));
again();
