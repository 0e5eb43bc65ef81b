import type { Everhook, Webhook } from '@everhook/sdk';
import { inOwnWords } from '../design/ownWords.ts';
import { newKey } from '../session/newKey.ts';

/** The actions that many webhooks can take together. */
export const bulkActions = ['switchOn', 'switchOff', 'reEnable', 'pause', 'resume', 'recover'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** One webhook that an action failed for, and why. */
export interface BulkFailure {
  readonly webhook: Webhook;
  readonly message: string;
}

export interface BulkProgress {
  readonly total: number;
  readonly done: number;
  readonly failures: readonly BulkFailure[];
  /** Ended before all were done. */
  readonly stopped: boolean;
}

/** Calls under way at once. */
const atOnce = 4;

/** How one webhook takes an action. @param since - of a recovery @param key - the same where it is tried again */
export function bulkDeed(client: Everhook, action: BulkAction, since: Date | undefined) {
  const key = newKey();
  return async ({ id }: Webhook): Promise<unknown> => {
    switch (action) {
      case 'switchOn':
        return client.webhooks.setActive(id, true);
      case 'switchOff':
        return client.webhooks.setActive(id, false);
      case 'reEnable':
        return client.webhooks.reEnable(id);
      case 'pause':
        return client.webhooks.pause(id);
      case 'resume':
        return client.webhooks.resume(id);
      case 'recover':
        return client.recoveries.start({ webhookId: id, since, idempotencyKey: `${key}-${id}` });
    }
  };
}

/** Calls a function for each, a few at a time, until all are done or the signal ends it. One that fails stops no other. */
export async function forEach(
  webhooks: readonly Webhook[],
  deed: (webhook: Webhook) => Promise<unknown>,
  signal: AbortSignal,
  told: (progress: BulkProgress) => void,
): Promise<BulkProgress> {
  const failures: BulkFailure[] = [];
  let done = 0;
  let next = 0;
  const tell = (stopped: boolean): BulkProgress => {
    const progress = { total: webhooks.length, done, failures: [...failures], stopped };
    told(progress);
    return progress;
  };
  const work = async () => {
    for (let webhook = webhooks[next++]; webhook && !signal.aborted; webhook = webhooks[next++]) {
      try {
        await deed(webhook);
      } catch (error) {
        failures.push({ webhook, message: inOwnWords(error instanceof Error ? error.message : String(error)) });
      }
      done++;
      tell(false);
    }
  };
  tell(false);
  await Promise.all(Array.from({ length: atOnce }, work));
  return tell(done < webhooks.length);
}
