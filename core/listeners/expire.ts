import type { Pool, PoolClient } from 'pg';
import { audit } from '../audit/audit.ts';
import { cancelWaiting } from '../deliveries/cancelWaiting.ts';
import { stoppedTexts } from '../deliveries/routing.ts';
import type { Notifier } from '../live/notifier.ts';
import { pgTransaction } from '../store/pgTransaction.ts';
import { maxWaiting } from './limits.ts';

/** Listeners of one look. */
const maxExpired = 100;

interface Expired {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly name: string;
}

/** Whoever holds a row of an organization for long holds up that organization’s listeners alone. */
const begin = `BEGIN; SET LOCAL lock_timeout = '2s'`;

/**
 * Takes away the listeners whose clients did not come back. Where one cannot be taken away, those of its organization are left for the
 * next time, and those of others are not.
 *
 * @returns how many there were
 * @throws the first failure, once all others are done
 */
export async function expireListeners(pool: Pool, notifier: Pick<Notifier, 'changed'>): Promise<number> {
  const { rows } = await pool.query<Expired>(
    `SELECT id, organization_id AS "organizationId", project_id AS "projectId", name FROM webhook
      WHERE listener_expires_at < now() AND deleted_at IS NULL ORDER BY listener_expires_at LIMIT ${maxExpired}`,
  );
  const failures = new Map<string, unknown>();
  for (const listener of rows) {
    const { organizationId } = listener;
    if (failures.has(organizationId)) continue;
    try {
      notifier.changed(
        organizationId,
        await pgTransaction(pool, (transaction) => remove(transaction, listener), begin),
      );
    } catch (error) {
      if (!(error instanceof CameBack)) failures.set(organizationId, error);
    }
  }
  const cancelled = await cancelBeyond(pool, notifier);
  for (const failure of failures.values()) throw failure;
  return rows.length + cancelled;
}

/** Its client came back at this moment: everything stays. */
class CameBack extends Error {}

/** @returns the ids of the deliveries that were cancelled. @throws CameBack */
async function remove(transaction: PoolClient, { id, organizationId, projectId, name }: Expired): Promise<string[]> {
  // Deliveries, then the organization, in the same order as the deletion of webhooks.
  const { rows } = await transaction.query<{ id: string }>(cancelWaiting, [
    id,
    new Date(),
    stoppedTexts.WEBHOOK_DELETED,
    true,
    null,
    true,
    'WEBHOOK_DELETED',
  ]);
  await transaction.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
    organizationId,
  ]);
  const { rowCount } = await transaction.query(
    'UPDATE webhook SET deleted_at = now() WHERE id = $1 AND listener_expires_at < now() AND deleted_at IS NULL',
    [id],
  );
  if (rowCount === 0) throw new CameBack();
  await transaction.query('DELETE FROM webhook_secret WHERE webhook_id = $1', [id]);
  await audit(
    transaction,
    { kind: 'OPERATOR', id: 'everhook' },
    {
      organizationId,
      projectId,
      action: 'webhook.deleted',
      target: { type: 'webhook', id },
      before: { name },
      after: { listener: true, reason: 'Its client stopped.' },
    },
  );
  return rows.map((row) => row.id);
}

/** Cancels the oldest of what waits for listeners that cannot keep up. */
async function cancelBeyond(pool: Pool, notifier: Pick<Notifier, 'changed'>): Promise<number> {
  const { rows } = await pool.query<{ id: string; organizationId: string }>(
    `UPDATE delivery d SET status = 'CANCELLED', cancelled_by = 'WEBHOOK_INACTIVE', completed_at = now(),
            status_reason = 'Its listener has more than ${maxWaiting} deliveries waiting.',
            version = version + 1, changed_at = clock_timestamp()
       FROM (
         SELECT beyond.id FROM webhook w, LATERAL (
           SELECT id FROM delivery WHERE webhook_id = w.id AND status = 'HELD' ORDER BY event_id DESC, id DESC OFFSET ${maxWaiting} LIMIT 5000
         ) AS beyond
          WHERE w.listener_expires_at IS NOT NULL AND w.deleted_at IS NULL
       ) AS old
      WHERE d.id = old.id AND d.status = 'HELD'
      RETURNING d.id, d.organization_id AS "organizationId"`,
  );
  const ids = new Map<string, string[]>();
  for (const { id, organizationId } of rows) ids.set(organizationId, [...(ids.get(organizationId) ?? []), id]);
  for (const [organizationId, cancelled] of ids) notifier.changed(organizationId, cancelled);
  return rows.length;
}
