import type { Pool } from 'pg';
import { v7 } from 'uuid';
import type { CallEvent } from '../../core/events/groupCommit.ts';
import type { ProfileName } from '../../core/profiles/profile.ts';
import { profileOf } from '../../core/profiles/registry.ts';
import { generateKey, type KeyRing, parseKeyRing } from '../../core/secrets/keyRing.ts';

export interface Tenant {
  readonly organizationId: string;
  readonly projectId: string;
  readonly keys: KeyRing;
}

/** Creates an organization with one project, as the API would. */
export async function createTenant(pool: Pool, profile: ProfileName = 'STANDARD'): Promise<Tenant> {
  const organizationId = v7();
  const projectId = v7();
  await pool.query(`INSERT INTO organization (id, name) VALUES ($1, 'Harbour Robotics')`, [organizationId]);
  await pool.query(`INSERT INTO project (id, organization_id, name, profile) VALUES ($1, $2, 'Berth planning', $3)`, [
    projectId,
    organizationId,
    profile,
  ]);
  return { organizationId, projectId, keys: parseKeyRing(generateKey()) };
}

export interface WebhookOptions {
  readonly profile?: ProfileName;
  readonly eventTypes?: readonly string[];
  /** Delays before the retries, in milliseconds, instead of the profile's. */
  readonly scheduleMs?: readonly number[];
  readonly timeoutMs?: number;
  readonly organizationWide?: boolean;
}

export interface TestWebhook {
  readonly id: string;
  readonly secret: string;
}

/** A webhook of the tenant's project. */
export async function createWebhook(
  pool: Pool,
  tenant: Tenant,
  url: string,
  options: WebhookOptions = {},
): Promise<TestWebhook> {
  const id = v7();
  const secretId = v7();
  const profile = options.profile ?? 'STANDARD';
  const secret = profileOf(profile).secret?.generate() ?? '';
  await pool.query(
    `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types, own_schedule, retry_schedule_ms, timeout_ms)
     VALUES ($1, $2, $3, 'Berth board', $4, $5, $6, $7, $8, $9)`,
    [
      id,
      tenant.organizationId,
      options.organizationWide ? null : tenant.projectId,
      profile,
      url,
      options.eventTypes ?? [],
      options.scheduleMs !== undefined,
      options.scheduleMs ?? [],
      options.timeoutMs ?? null,
    ],
  );
  await pool.query('INSERT INTO webhook_state (webhook_id, organization_id) VALUES ($1, $2)', [
    id,
    tenant.organizationId,
  ]);
  await pool.query(`INSERT INTO webhook_secret (id, webhook_id, sealed, state) VALUES ($1, $2, $3, 'ACTIVE')`, [
    secretId,
    id,
    tenant.keys.seal(secret, `webhook_secret:${secretId}`),
  ]);
  await pool.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
    tenant.organizationId,
  ]);
  return { id, secret };
}

/** Events of the tenant's project as a publish call stores them, numbered in their data. */
export function callEvents({ organizationId, projectId }: Tenant, type: string, count: number): CallEvent[] {
  const createdAt = new Date();
  return Array.from({ length: count }, (_, n) => ({
    event: {
      id: v7(),
      organizationId,
      projectId,
      type,
      data: `{"n":${n}}`,
      occurredAt: createdAt,
      createdAt,
      labels: [],
    },
    previous: null,
    idempotencyKey: null,
    digest: null,
  }));
}
