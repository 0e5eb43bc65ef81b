import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';
import { maxCancelled } from './cancelWaiting.ts';
import { holdWaiting } from './hold.ts';
import { type DeliverableWebhook, stoppedTexts } from './routing.ts';
import { type CancelSelection, cancelDue } from './waitingRows.ts';

/**
 * Holds deliveries that wait for a paused webhook, and cancels those that wait for a stopped one. If it is inactive, only those that
 * are due: people may activate it before the others are. If it is disabled or deleted, all.
 *
 * @param taken - what is due by its workflow's clock, until a time by that clock, whatever this machine's says
 * @param onProgress - called before every step
 * @returns whether all were held or cancelled
 */
export async function endStopped(
  { pool, notifier }: { readonly pool: Pool; readonly notifier: Notifier },
  webhookId: string,
  webhook: DeliverableWebhook | null,
  { now, onProgress, signal }: { now: () => number; onProgress: () => void; signal: AbortSignal },
  taken: { readonly ids: readonly string[]; readonly until: number } = { ids: [], until: 0 },
): Promise<boolean> {
  if (webhook?.paused && !webhook.resuming && !webhook.deleted) {
    const mayGoOn = () => {
      onProgress();
      return !signal.aborted;
    };
    return holdWaiting({ pool, notifier }, webhook, mayGoOn);
  }
  if (webhook !== null && webhook.stopped === null) return false;
  const cancellation = {
    by: webhook?.stoppedBy ?? 'WEBHOOK_DELETED',
    reason: webhook?.stopped ?? stoppedTexts.WEBHOOK_DELETED,
  } as const;
  const gone = webhook === null || webhook.deleted;
  const all = gone || webhook.health === 'DISABLED';
  const cancel = async (which: CancelSelection, until = now()): Promise<number> => {
    onProgress();
    const cancelled = await cancelDue(pool, webhookId, new Date(until), cancellation, which);
    if (webhook) notifier.changed(webhook.organizationId, cancelled);
    return cancelled.length;
  };
  for (let more = true; more && !signal.aborted; ) {
    more = (await cancel({ all, tests: gone })) === maxCancelled;
  }
  // Otherwise the workflow would have them attempted again and again until this clock has come as far as its own. One that was
  // attempted meanwhile is due later.
  if (!all && taken.ids.length > 0 && !signal.aborted) {
    await cancel({ all: false, tests: gone, only: taken.ids }, Math.max(now(), taken.until));
  }
  return all;
}
