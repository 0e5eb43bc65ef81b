import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';
import { cancelDue } from './waitingRows.ts';

/** Cancels a waiting delivery, also during an attempt, unless that attempt succeeds. @returns whether it was waiting */
export async function cancelOne(
  { pool, notifier }: { readonly pool: Pool; readonly notifier: Notifier },
  { webhookId, deliveryId, reason, now }: { webhookId: string; deliveryId: string; reason: string; now: number },
): Promise<boolean> {
  const which = { all: true, tests: true, only: [deliveryId] };
  const cancelled = await cancelDue(pool, webhookId, new Date(now), reason, which);
  if (cancelled.length === 0) return false;
  const { rows } = await pool.query<{ organization_id: string }>({
    name: 'organization_of_webhook',
    text: 'SELECT organization_id FROM webhook WHERE id = $1',
    values: [webhookId],
  });
  for (const { organization_id } of rows) notifier.changed(organization_id, cancelled);
  return true;
}
