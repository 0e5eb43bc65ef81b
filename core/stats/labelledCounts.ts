import type { Pool } from 'pg';
import { ApiError } from '../ground/errors.ts';
import { idAfter, idBefore } from '../ground/idTime.ts';
import type { Label } from '../labels/label.ts';
import type { Bucket, Row } from './bucket.ts';
import { classOf, eachClass } from './responseTimes.ts';

/** Most deliveries that are counted one by one. */
const maxCounted = 100_000;

/** The deliveries of a label in a time, as `l`. */
const ofLabel = `
  FROM delivery_label l
 WHERE l.organization_id = $1 AND l.key = $2 AND l.value = $3
   AND l.event_type = ANY (ARRAY(
     WITH RECURSIVE step AS (
       (SELECT f.event_type FROM delivery_label f WHERE f.organization_id = $1 AND f.key = $2 AND f.value = $3
         ORDER BY f.event_type LIMIT 1)
       UNION ALL
       SELECT (SELECT n.event_type FROM delivery_label n
                WHERE n.organization_id = $1 AND n.key = $2 AND n.value = $3 AND n.event_type > step.event_type
                ORDER BY n.event_type LIMIT 1)
         FROM step WHERE step.event_type IS NOT NULL
     )
     SELECT event_type FROM step WHERE event_type IS NOT NULL))
   AND l.delivery_id >= $4 AND l.delivery_id < $5
 LIMIT ${maxCounted + 1}`;

const statement = (bucket: Bucket) => `
  SELECT date_trunc('${bucket}', d.created_at, 'UTC') AS "from",
         count(*) FILTER (WHERE d.status = 'DELIVERED'), count(*) FILTER (WHERE d.status = 'FAILED'),
         count(*) FILTER (WHERE d.status = 'CANCELLED'), count(*) FILTER (WHERE d.status = 'PENDING'),
         count(*) FILTER (WHERE d.status = 'SENDING'), count(*) FILTER (WHERE d.status = 'RETRYING'),
         count(*) FILTER (WHERE d.status = 'HELD'),
         ${eachClass((index) => `count(*) FILTER (WHERE d.class = ${index})`)}
    FROM (
      SELECT d.*, CASE WHEN d.status IN ('DELIVERED', 'FAILED') THEN ${classOf('d.response_time_ms')} END AS class
        FROM (SELECT l.delivery_id ${ofLabel}) AS l JOIN delivery d ON d.id = l.delivery_id
       WHERE ($6::uuid IS NULL OR d.project_id = $6) AND ($7::uuid IS NULL OR d.webhook_id = $7)
         AND d.created_at >= $8 AND d.created_at < $9 AND NOT d.is_test
         AND NOT EXISTS (
           SELECT FROM unnest($10::text[], $11::text[]) AS wanted(key, value)
            WHERE NOT EXISTS (
              SELECT FROM delivery_label o
               WHERE o.organization_id = d.organization_id AND o.key = wanted.key AND o.value = wanted.value
                 AND o.event_type = d.event_type AND o.delivery_id = d.id))
    ) AS d
   GROUP BY 1`;

/**
 * Counts the deliveries of labels, one by one: the tables of minutes and hours know no labels. So there are counts for what
 * retention has left, and of a label that is not too common.
 *
 * @param values - organization, project, webhook, from and to
 * @throws ApiError LIMIT_EXCEEDED where even the rarest of the labels has more than 100,000 deliveries in this time
 */
export async function labelledCounts(
  pool: Pool,
  bucket: Bucket,
  [organizationId, projectId, webhookId, from, to]: readonly unknown[],
  labels: readonly Label[],
): Promise<Row[]> {
  const ids = [idBefore(from as Date), idAfter(to as Date)];
  const counted = [];
  for (const { key, value } of labels) {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT ${ofLabel}) AS l`,
      [organizationId, key, value, ...ids],
    );
    counted.push({ key, value, count: rows[0]?.count ?? 0 });
  }
  const rarest = counted.reduce((one, other) => (other.count < one.count ? other : one));
  if (rarest.count > maxCounted) {
    throw new ApiError(
      'LIMIT_EXCEEDED',
      `More than ${maxCounted} deliveries have these labels in this time: ask for a shorter time.`,
      'from',
    );
  }
  const { rows } = await pool.query<Row>({
    text: statement(bucket),
    values: [
      organizationId,
      rarest.key,
      rarest.value,
      ...ids,
      projectId,
      webhookId,
      from,
      to,
      labels.map(({ key }) => key),
      labels.map(({ value }) => value),
    ],
    rowMode: 'array',
  });
  return rows;
}
