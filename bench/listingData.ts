import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** The log of an organization: a month of events, each with a delivery, with what makes lists slow. */
export interface Log {
  readonly organizationId: string;
  readonly projectIds: readonly string[];
  /** Ten of each project, in order. Of each project, the first has no failure and the last has nothing else. */
  readonly webhookIds: readonly string[];
}

export const projectCount = 5;
export const webhooksEach = 10;
export const typeCount = 20;
const monthSeconds = 30 * 86_400;
const tables = ['event', 'delivery', 'event_label', 'delivery_label'];

/**
 * The drawn rows. A webhook does not get every fourth type, and the third project not the commonest; only the first ten types
 * have the label `plan: pro`; half of all events have one of 50,000 customers; one event in 100,000 matches no webhook.
 */
const drawn = `
  SELECT n, at, p, type, w, fate, customer,
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS event_id,
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint + 3), 12, '0') || '7' || substr(hash, 1, 3) || '9' || substr(hash, 4, 15))::uuid AS delivery_id,
         type < 10 AND plan < 0.3 AS pro, n % 100000 = 7 AS unmatched,
         CASE WHEN w = ${webhooksEach - 1} THEN 'FAILED' WHEN w > 0 AND fate < 0.006 THEN 'FAILED'
              WHEN w > 0 AND fate < 0.007 THEN 'CANCELLED' ELSE 'DELIVERED' END::delivery_status AS status
    FROM (SELECT *, CASE WHEN (hook + type) % 4 = 0 THEN (hook + 1) % ${webhooksEach} ELSE hook END AS w
            FROM (SELECT n, p, fate, customer, plan, hook, md5(n::text) AS hash,
                         now() - ($1::int - n) * (${monthSeconds}::float8 / $1::int) * interval '1 second' AS at,
                         CASE WHEN p = 2 AND kind < 0.3 THEN 1 ELSE floor(${typeCount} * kind ^ 2)::int END AS type
                    FROM (SELECT n, n % ${projectCount} AS p, random() AS fate, random() AS customer, random() AS plan,
                                 random() AS kind, floor(${webhooksEach} * random())::int AS hook
                            FROM generate_series(1, $1::int) AS n) AS random) AS typed) AS hooked`;

const event = `
  INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, created_at, labels, unmatched)
  SELECT event_id, $1, ($2::uuid[])[p + 1], 'order.changed.' || type,
         json_build_object('order', json_build_object('id', n, 'state', 'paid'), 'customer', 'c_' || floor(50000 * customer)),
         at, at, nullif((CASE WHEN customer < 0.5 THEN jsonb_build_object('customer', 'c_' || floor(100000 * customer)) ELSE '{}' END)
                        || (CASE WHEN pro THEN '{"plan": "pro"}'::jsonb ELSE '{}' END), '{}'), unmatched
    FROM drawn`;
const delivery = `
  INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count,
                        response_code, response_time_ms, created_at, completed_at, changed_at)
  SELECT delivery_id, $1, ($2::uuid[])[p + 1], ($3::uuid[])[p * ${webhooksEach} + w + 1], event_id, 'order.changed.' || type, status, 1,
         CASE status WHEN 'DELIVERED' THEN 200 WHEN 'FAILED' THEN 500 END, 20, at, at, at
    FROM drawn WHERE NOT unmatched`;
const eventLabel = `
  INSERT INTO event_label (organization_id, key, value, event_type, event_id)
  SELECT e.organization_id, l.key, l.value, e.type, e.id FROM event e, jsonb_each_text(e.labels) AS l`;
const deliveryLabel = `
  INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
  SELECT e.organization_id, l.key, l.value, e.type, d.id
    FROM delivery d JOIN event e ON e.id = d.event_id, jsonb_each_text(e.labels) AS l`;

/** Fills the log of an organization that has none. @param deliveries - how many */
export async function fillLog(databaseUrl: string, organizationId: string, deliveries: number): Promise<Log> {
  const projectIds = Array.from({ length: projectCount }, () => randomUUID());
  const webhookIds = Array.from({ length: projectCount * webhooksEach }, () => randomUUID());
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'; SELECT setseed(0.5)",
    );
    for (const id of projectIds) {
      await client.query(
        `INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'Listed', 'STANDARD')`,
        [id, organizationId],
      );
    }
    for (const [nth, id] of webhookIds.entries()) {
      await client.query(
        `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types, active)
         VALUES ($1, $2, $3, 'Listed', 'STANDARD', 'https://example.com/', '{}', false)`,
        [id, organizationId, projectIds[Math.floor(nth / webhooksEach)]],
      );
    }
    // Built afterwards, indexes take a fraction of the time.
    const { rows: indexes } = await client.query(
      `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition, c.conname AS key, c.conrelid::regclass::text AS of,
              pg_get_constraintdef(c.oid) AS text
         FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
        WHERE i.indrelid = ANY (SELECT unnest($1::text[])::regclass)`,
      [tables],
    );
    for (const { name, key, of } of indexes) {
      await client.query(key ? `ALTER TABLE ${of} DROP CONSTRAINT ${key}` : `DROP INDEX ${name}`);
    }
    await client.query(`CREATE TEMPORARY TABLE drawn AS ${drawn.replaceAll('$1::int', String(deliveries))}`);
    await client.query(event, [organizationId, projectIds]);
    await client.query(delivery, [organizationId, projectIds, webhookIds]);
    await client.query(eventLabel);
    await client.query(deliveryLabel);
    await client.query('DROP TABLE drawn');
    for (const { key, of, text, definition } of indexes) {
      await client.query(key ? `ALTER TABLE ${of} ADD CONSTRAINT ${key} ${text}` : definition);
    }
    await client.query(`VACUUM (ANALYZE) ${tables.join(', ')}, webhook, project`);
    return { organizationId, projectIds, webhookIds };
  } finally {
    await client.end();
  }
}
