import type { Pool } from 'pg';

/** Whom a webhook belongs to: an organization and, unless it gets the events of all projects, one of its projects. */
export interface WebhookOwner {
  readonly organizationId: string;
  readonly projectId: string | null;
}

/** @returns null if there is no such webhook; a deleted one keeps its owner */
export async function ownerOfWebhook(pool: Pick<Pool, 'query'>, webhookId: string): Promise<WebhookOwner | null> {
  const { rows } = await pool.query<WebhookOwner>({
    name: 'owner_of_webhook',
    text: 'SELECT organization_id AS "organizationId", project_id AS "projectId" FROM webhook WHERE id = $1',
    values: [webhookId],
  });
  return rows[0] ?? null;
}
