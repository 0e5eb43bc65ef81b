import type { Pool } from 'pg';
import { firstIdOf } from '../ground/idTime.ts';
import { likeLiteral } from '../store/likeLiteral.ts';

export type TenantSort = 'NEWEST' | 'UNWELL' | 'EVENTS' | 'DELIVERIES';

export interface TenantsRequest {
  /** A part of the name, or the whole id or external id; empty: all. */
  readonly search: string;
  readonly sort: TenantSort;
  readonly first: number;
  readonly offset: number;
}

/** How a tenant is doing. Each number is counted up to a bound, so that no tenant's size makes the list slow. */
export interface TenantSummary {
  readonly id: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly createdAt: Date;
  readonly projects: number;
  readonly healthy: number;
  readonly degraded: number;
  readonly disabled: number;
  readonly backlog: number;
  readonly eventsLastHour: number;
  readonly deliveriesLastHour: number;
  /** Null where nothing ended in the last 24 hours. */
  readonly successRate: number | null;
}

export interface TenantsPage {
  readonly tenants: readonly TenantSummary[];
  readonly hasMore: boolean;
}

/** Where counting stops: open deliveries and events of one tenant. */
export const maxTenantCount = 10_000;
/** The most minutes of a tenant's webhooks that a share is made of, the latest ones. */
const maxMinutes = 50_000;
/** The most events of the installation that are looked at to find who publishes most, the latest ones. */
const maxEvents = 100_000;
const maxWebhooks = 10_000;

/** By what each order counts a tenant: $5 is the time of an hour ago, $6 the lowest id since then. */
const noise: Readonly<Record<Exclude<TenantSort, 'NEWEST'>, string>> = {
  UNWELL: `
    SELECT webhook.organization_id, count(*) AS count
      FROM webhook_state JOIN webhook ON webhook.id = webhook_state.webhook_id
     WHERE webhook_state.health <> 'HEALTHY' AND webhook.deleted_at IS NULL GROUP BY 1`,
  EVENTS: `
    SELECT organization_id, count(*) AS count
      FROM (SELECT organization_id FROM event WHERE id >= $6 ORDER BY id DESC LIMIT ${maxEvents}) latest GROUP BY 1`,
  DELIVERIES: `
    SELECT organization_id, sum(delivered + failed + cancelled) AS count FROM delivery_minute WHERE at >= $5 GROUP BY 1`,
};

const found = `deleted_at IS NULL AND ($1 = '' OR name ILIKE $2 OR external_id = $1 OR id::text = lower($1))`;

const page = (sort: TenantSort): string =>
  sort === 'NEWEST'
    ? `SELECT id, external_id, name, created_at, 0::bigint AS count FROM organization
        WHERE ${found} ORDER BY id DESC LIMIT $3 OFFSET $4`
    : `SELECT id, external_id, name, created_at, coalesce(noise.count, 0) AS count
         FROM organization LEFT JOIN (${noise[sort]}) noise ON noise.organization_id = organization.id
        WHERE ${found} ORDER BY coalesce(noise.count, 0) DESC, id DESC LIMIT $3 OFFSET $4`;

/** The page is found first; then each of its tenants is read by indexes of its own rows alone. */
const statement = (sort: TenantSort): string => `
  WITH page AS MATERIALIZED (${page(sort)})
  SELECT page.id, page.external_id, page.name, page.created_at,
         (SELECT count(*)::int FROM project WHERE organization_id = page.id AND deleted_at IS NULL) AS projects,
         hooks.*, ended.*,
         (SELECT count(*)::int FROM (
            SELECT FROM delivery WHERE organization_id = page.id AND webhook_id IS NOT NULL
               AND status IN ('PENDING', 'SENDING', 'RETRYING', 'HELD') AND status <> 'DELIVERED'
             LIMIT ${maxTenantCount}) open) AS backlog,
         (SELECT count(*)::int FROM (
            SELECT FROM event WHERE organization_id = page.id AND id >= $6 LIMIT ${maxTenantCount}) latest) AS events
    FROM page
   CROSS JOIN LATERAL (
     SELECT (count(*) FILTER (WHERE health = 'HEALTHY'))::int AS healthy, (count(*) FILTER (WHERE health = 'DEGRADED'))::int AS degraded,
            (count(*) FILTER (WHERE health = 'DISABLED'))::int AS disabled
       FROM (SELECT coalesce(state.health, 'HEALTHY') AS health
               FROM webhook LEFT JOIN webhook_state state ON state.webhook_id = webhook.id
              WHERE webhook.organization_id = page.id AND webhook.deleted_at IS NULL LIMIT ${maxWebhooks}) each
   ) hooks
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(delivered), 0)::float8 AS delivered, coalesce(sum(failed), 0)::float8 AS failed,
            coalesce(sum(delivered + failed + cancelled) FILTER (WHERE at >= $5), 0)::float8 AS deliveries
       FROM (SELECT at, delivered, failed, cancelled FROM delivery_minute
              WHERE organization_id = page.id AND at >= $7 ORDER BY at DESC LIMIT ${maxMinutes}) minutes
   ) ended
   ORDER BY page.count DESC, page.id DESC`;

interface Row {
  readonly id: string;
  readonly external_id: string | null;
  readonly name: string;
  readonly created_at: Date;
  readonly projects: number;
  readonly healthy: number;
  readonly degraded: number;
  readonly disabled: number;
  readonly backlog: number;
  readonly events: number;
  readonly deliveries: number;
  readonly delivered: number;
  readonly failed: number;
}

/** Lists tenants with how they are doing. The caller must check that the operator asks. */
export type Tenants = (request: TenantsRequest) => Promise<TenantsPage>;

const hourMs = 3_600_000;

export function createTenants(pool: Pool): Tenants {
  return async ({ search, sort, first, offset }) => {
    const now = Date.now();
    const { rows } = await pool.query<Row>({
      name: `tenants_${sort}`,
      text: statement(sort),
      values: [
        search,
        `%${likeLiteral(search)}%`,
        first + 1,
        offset,
        new Date(now - hourMs),
        firstIdOf(now - hourMs),
        new Date(now - 24 * hourMs),
      ],
    });
    return { tenants: rows.slice(0, first).map(summary), hasMore: rows.length > first };
  };
}

const summary = (row: Row): TenantSummary => ({
  id: row.id,
  externalId: row.external_id,
  name: row.name,
  createdAt: row.created_at,
  projects: row.projects,
  healthy: row.healthy,
  degraded: row.degraded,
  disabled: row.disabled,
  backlog: row.backlog,
  eventsLastHour: row.events,
  deliveriesLastHour: row.deliveries,
  successRate: row.delivered + row.failed === 0 ? null : row.delivered / (row.delivered + row.failed),
});
