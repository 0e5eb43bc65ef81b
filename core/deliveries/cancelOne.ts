import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';
import { ownerOfWebhook } from '../store/webhookOwner.ts';
import { cancelDue } from './waitingRows.ts';

/** Cancels a waiting delivery because a person wants it, also during an attempt, unless that attempt succeeds. @returns whether it was waiting */
export async function cancelOne(
  { pool, notifier }: { readonly pool: Pool; readonly notifier: Notifier },
  { webhookId, deliveryId, reason, now }: { webhookId: string; deliveryId: string; reason: string; now: number },
): Promise<boolean> {
  const which = { all: true, tests: true, only: [deliveryId] };
  const cancelled = await cancelDue(pool, webhookId, new Date(now), { by: 'PERSON', reason }, which);
  if (cancelled.length === 0) return false;
  const owner = await ownerOfWebhook(pool, webhookId);
  if (owner) notifier.changed(owner.organizationId, cancelled);
  return true;
}
