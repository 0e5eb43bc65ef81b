import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';
import { mostCancelled } from './cancelWaiting.ts';
import type { DeliverableWebhook } from './routing.ts';
import { cancelDue } from './waitingRows.ts';

/**
 * Ends what waits for a webhook that gets nothing at present: what is due, where people switched it off, because they may switch
 * it on again before the rest is; everything, where it is disabled or deleted.
 *
 * @param onProgress - told after every step
 * @returns whether everything was ended
 */
export async function endStopped(
  { pool, notifier }: { readonly pool: Pool; readonly notifier: Notifier },
  webhookId: string,
  webhook: DeliverableWebhook | null,
  { now, onProgress, signal }: { now: () => number; onProgress: () => void; signal: AbortSignal },
): Promise<boolean> {
  if (webhook !== null && webhook.stopped === null) return false;
  const reason = webhook?.stopped ?? 'The webhook was deleted.';
  const gone = webhook === null || webhook.deleted;
  const all = gone || webhook.health === 'DISABLED';
  for (let more = true; more && !signal.aborted; ) {
    onProgress();
    const cancelled = await cancelDue(pool, webhookId, new Date(now()), reason, { all, tests: gone });
    if (webhook) notifier.changed(webhook.organizationId, cancelled);
    more = cancelled.length === mostCancelled;
  }
  return all;
}
