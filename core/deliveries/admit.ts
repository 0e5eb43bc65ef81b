import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { endStopped } from './endStopped.ts';
import { atOnceOf } from './failureBudget.ts';
import type { AdmitInput, Admitted } from './ownership.ts';
import { loadWebhook } from './routing.ts';
import { listWaiting } from './waitingRows.ts';

/**
 * Reads a webhook's waiting rows for its workflow, in due order. If the webhook is stopped, its waiting deliveries are cancelled
 * first.
 */
export async function admit(
  parts: { readonly pool: Pool; readonly keys: KeyRing; readonly notifier: Notifier; readonly perWebhook: number },
  input: AdmitInput,
  bounds: { now: () => number; onProgress: () => void; signal: AbortSignal },
): Promise<Admitted> {
  const webhook = await loadWebhook(parts.pool, parts.keys, input.webhookId);
  const cleared = await endStopped(parts, input.webhookId, webhook, bounds);
  const list = await listWaiting(parts.pool, input);
  return {
    list: list.slice(0, input.most),
    more: list.length > input.most,
    cleared,
    atOnce: atOnceOf(webhook, parts.perWebhook),
  };
}
