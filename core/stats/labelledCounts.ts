import type { Pool } from 'pg';
import { ApiError } from '../ground/errors.ts';
import { idAfter, idBefore } from '../ground/idTime.ts';
import type { Label } from '../labels/label.ts';
import type { Bucket, Row } from './bucket.ts';
import { classOf, eachClass } from './responseTimes.ts';
import type { StatsRequest } from './statsRequest.ts';

/** SQL that selects ids of deliveries, from $1 up to $2, and its further parameters. */
interface Candidates {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The deliveries of a label, of the whole organization. */
const ofLabel = (organizationId: string, { key, value }: Label): Candidates => ({
  sql: `
  SELECT l.delivery_id AS id
    FROM delivery_label l
   WHERE l.organization_id = $3 AND l.key = $4 AND l.value = $5
     AND l.event_type = ANY (ARRAY(
       WITH RECURSIVE step AS (
         (SELECT f.event_type FROM delivery_label f WHERE f.organization_id = $3 AND f.key = $4 AND f.value = $5
           ORDER BY f.event_type LIMIT 1)
         UNION ALL
         SELECT (SELECT n.event_type FROM delivery_label n
                  WHERE n.organization_id = $3 AND n.key = $4 AND n.value = $5 AND n.event_type > step.event_type
                  ORDER BY n.event_type LIMIT 1)
           FROM step WHERE step.event_type IS NOT NULL
       )
       SELECT event_type FROM step WHERE event_type IS NOT NULL))
     AND l.delivery_id >= $1 AND l.delivery_id < $2`,
  values: [organizationId, key, value],
});

/** The deliveries of a webhook or of a project, with any labels or none. Null for those of a whole organization. */
function ofScope({ projectId, webhookId }: StatsRequest): Candidates | null {
  if (webhookId === null && projectId === null) return null;
  const column = webhookId === null ? 'project_id' : 'webhook_id';
  return {
    sql: `SELECT s.id FROM delivery s WHERE s.${column} = $3 AND s.id >= $1 AND s.id < $2`,
    values: [webhookId ?? projectId],
  };
}

const statement = (bucket: Bucket, { sql, values }: Candidates, most: number) => {
  const [project, webhook, from, to, keys, labelValues] = [1, 2, 3, 4, 5, 6].map((at) => `$${2 + values.length + at}`);
  return `
  SELECT date_trunc('${bucket}', d.created_at, 'UTC') AS "from",
         count(*) FILTER (WHERE d.status = 'DELIVERED'), count(*) FILTER (WHERE d.status = 'FAILED'),
         count(*) FILTER (WHERE d.status = 'CANCELLED'), count(*) FILTER (WHERE d.status = 'PENDING'),
         count(*) FILTER (WHERE d.status = 'SENDING'), count(*) FILTER (WHERE d.status = 'RETRYING'),
         count(*) FILTER (WHERE d.status = 'HELD'),
         ${eachClass((index) => `count(*) FILTER (WHERE d.class = ${index})`)}
    FROM (
      SELECT d.*, CASE WHEN d.status IN ('DELIVERED', 'FAILED') THEN ${classOf('d.response_time_ms')} END AS class
        FROM (${sql} LIMIT ${most + 1}) AS candidate JOIN delivery d ON d.id = candidate.id
       WHERE (${project}::uuid IS NULL OR d.project_id = ${project}) AND (${webhook}::uuid IS NULL OR d.webhook_id = ${webhook})
         AND d.created_at >= ${from} AND d.created_at < ${to} AND NOT d.is_test
         AND NOT EXISTS (
           SELECT FROM unnest(${keys}::text[], ${labelValues}::text[]) AS wanted(key, value)
            WHERE NOT EXISTS (
              SELECT FROM delivery_label o
               WHERE o.organization_id = d.organization_id AND o.key = wanted.key AND o.value = wanted.value
                 AND o.event_type = d.event_type AND o.delivery_id = d.id))
    ) AS d
   GROUP BY 1`;
};

/**
 * Counts the deliveries of labels, one by one: the tables of minutes and hours know no labels. So there are counts for what
 * retention has left, and only where few enough deliveries have to be looked at: those of the rarest label or, where that is common
 * in the organization, all of the webhook or the project that is asked for.
 *
 * Labels are indexed by organization. How many deliveries of others have a label must not show to whoever does not see them, by a
 * refusal or by how long the answer takes. To those, only the scope's own deliveries are looked at: so a long time of a busy project
 * is refused to them even where few of its deliveries have the labels.
 *
 * @param from - the beginning of the first bucket
 * @param to - the end of the last bucket
 * @param most - the most deliveries that are looked at
 * @throws ApiError LIMIT_EXCEEDED where it would have to be more
 */
export async function labelledCounts(
  pool: Pool,
  request: LabelledRequest,
  [from, to]: readonly [Date, Date],
  most: number,
): Promise<Row[]> {
  const { projectId, webhookId, labels, bucket } = request;
  const ids = [idBefore(from), idAfter(to)];
  const countOf = async ({ sql, values }: Candidates): Promise<number> => {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (${sql} LIMIT ${most + 1}) AS candidate`,
      [...ids, ...values],
    );
    return rows[0]?.count ?? 0;
  };
  const candidates = await fewest(request, countOf, most);
  const { rows } = await pool.query<Row>({
    text: statement(bucket, candidates, most),
    values: [
      ...ids,
      ...candidates.values,
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

type LabelledRequest = StatsRequest & { readonly labels: readonly Label[] };

/** The candidates among which all deliveries asked for are. */
async function fewest(
  request: LabelledRequest,
  countOf: (candidates: Candidates) => Promise<number>,
  most: number,
): Promise<Candidates> {
  const scope = ofScope(request);
  if (scope === null || request.seesOrganization) {
    let rarest: { readonly candidates: Candidates; readonly count: number } | null = null;
    for (const label of request.labels) {
      const candidates = ofLabel(request.organizationId, label);
      const count = await countOf(candidates);
      if (rarest === null || count < rarest.count) rarest = { candidates, count };
    }
    if (rarest !== null && rarest.count <= most) return rarest.candidates;
  }
  if (scope !== null && (await countOf(scope)) <= most) return scope;
  throw new ApiError(
    'LIMIT_EXCEEDED',
    `Labels are counted among at most ${most} deliveries, and there are more in this time: ask for a shorter time.`,
    'from',
  );
}
