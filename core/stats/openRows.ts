/** Most open deliveries in one state that are looked at for a count, so that it stays cheap however much waits. */
export const maxLookedAt = 50_000;

/** Of an organization, by their states: an index has these in the order of their ids. */
const ofOrganization = ['PENDING', 'SENDING', 'RETRYING', 'HELD'].map(
  // The condition on DELIVERED is redundant: it lets PostgreSQL use the partial index of deliveries that are not DELIVERED.
  (status) => `organization_id = $1 AND status = '${status}' AND status <> 'DELIVERED'`,
);

/** Of a webhook, by the indexes of what it holds, of what is due, and of what is under way: nothing of other webhooks is looked at. */
const ofWebhook = [
  `webhook_id = $3 AND status = 'HELD'`,
  `webhook_id = $3 AND status IN ('PENDING', 'RETRYING') AND leased_by IS NULL`,
  `webhook_id = $3 AND status IN ('PENDING', 'SENDING', 'RETRYING') AND leased_by IS NOT NULL`,
  `organization_id = $1 AND status = 'SENDING' AND status <> 'DELIVERED' AND leased_by IS NULL`,
];

export interface OpenRows {
  /** Whether one webhook is asked for: `$3`. */
  readonly webhook: boolean;
  /** SQL: which ids are looked at; left out: all. */
  readonly ids?: string;
  /** SQL: what the rows are counted by. */
  readonly by: string;
  /** SQL: which of them are counted. */
  readonly counted: string;
  readonly most: number;
}

/**
 * SQL for the CTEs `open` and `stopped`. `open` has the outbound deliveries that have not ended, of the organization `$1`, of its
 * project `$2` and its webhook `$3` where these are not null: `at`, `status`, and their `count`. `stopped` says whether counting
 * ended early: then there are so many or more.
 */
export const openRows = ({ webhook, ids = 'true', by, counted, most }: OpenRows): string => {
  const parts = (webhook ? ofWebhook : ofOrganization).map(
    (part, index) => `
      (SELECT ${index} AS part, organization_id, project_id, webhook_id, status, created_at, is_test
         FROM delivery WHERE ${part} AND ${ids} LIMIT ${most + 1})`,
  );
  return `
  looked AS (
    SELECT part, ${by} AS at, status, count(*) AS seen,
           count(*) FILTER (
             WHERE organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2) AND ($3::uuid IS NULL OR webhook_id = $3)
               AND webhook_id IS NOT NULL AND (status <> 'HELD' OR NOT is_test) AND ${counted}
           ) AS count
      FROM (${parts.join(' UNION ALL ')}) AS parts
     GROUP BY 1, 2, 3
  ),
  open AS (SELECT at, status, count FROM looked WHERE count > 0),
  stopped AS (SELECT EXISTS (SELECT FROM looked GROUP BY part HAVING sum(seen) > ${most}) AS early)`;
};
