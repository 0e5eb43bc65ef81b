/** Most open deliveries in one state that are looked at for a count, so that it stays cheap however much waits. */
export const maxLookedAt = 50_000;

/** Of an organization, by their states: an index has these in the order of their ids. */
const ofOrganization = ['PENDING', 'SENDING', 'RETRYING', 'HELD'].map(
  // The condition on DELIVERED is redundant: it lets PostgreSQL use the partial index of deliveries that are not DELIVERED.
  (status) => `organization_id = $1 AND status = '${status}' AND status <> 'DELIVERED'`,
);

/** Of one webhook, each by an index of it: what it holds, what is due, and what is under way. */
const byWebhook = [
  `status = 'HELD'`,
  `status IN ('PENDING', 'RETRYING') AND leased_by IS NULL`,
  `status IN ('PENDING', 'SENDING', 'RETRYING') AND leased_by IS NOT NULL`,
];
const unleased = `organization_id = $1 AND status = 'SENDING' AND status <> 'DELIVERED' AND leased_by IS NULL`;

/** Nothing of other webhooks is looked at. */
const ofWebhook = [...byWebhook.map((part) => `webhook_id = $3 AND ${part}`), unleased];

/** Whose deliveries may be of a project: its own, which are looked at for themselves, and those of the whole organization. */
const webhooksOfProject = ['organization_id = $1 AND project_id = $2', 'organization_id = $1 AND project_id IS NULL'];

const columns = 'organization_id, project_id, webhook_id, status, created_at, is_test';

/** Whose rows are looked at. Those of a project cost a look at each of its webhooks; other projects' have no part in them. */
export type Whose = 'organization' | 'project' | 'webhook';

/** SQL, each of which looks at so many rows at most. */
function partsOf(whose: Whose, ids: string, most: number): string[] {
  const some = (rows: string) => `SELECT ${columns} FROM delivery WHERE ${rows} AND ${ids} LIMIT ${most + 1}`;
  if (whose === 'organization') return ofOrganization.map(some);
  if (whose === 'webhook') return ofWebhook.map(some);
  const each = webhooksOfProject.flatMap((webhooks) =>
    byWebhook.map(
      (rows) => `SELECT theirs.* FROM (SELECT id FROM webhook WHERE ${webhooks}) AS own
         CROSS JOIN LATERAL (${some(`webhook_id = own.id AND ${rows}`)}) AS theirs LIMIT ${most + 1}`,
    ),
  );
  return [...each, some(unleased)];
}

export interface OpenRows {
  readonly whose: Whose;
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
export const openRows = ({ whose, ids = 'true', by, counted, most }: OpenRows): string => {
  const parts = partsOf(whose, ids, most).map(
    (part, index) => `
      (SELECT ${index} AS part, ${columns} FROM (${part}) AS part_${index})`,
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

/**
 * Looks at the rows of an organization, also where one project is asked for. Where they are too many, other projects may have hidden
 * those of that project: they are looked at for themselves, by its webhooks.
 */
export async function lookedAt<Found extends { readonly isAtLeast: boolean }>(
  { projectId, webhookId }: { readonly projectId: string | null; readonly webhookId: string | null },
  look: (whose: Whose) => Promise<Found>,
): Promise<Found> {
  if (webhookId !== null) return look('webhook');
  const found = await look('organization');
  return found.isAtLeast && projectId !== null ? look('project') : found;
}
