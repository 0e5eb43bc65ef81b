import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';

/** The deadline was set or moved: check after this many milliseconds. */
export const deadlineSignal = defineSignal<[delayMs: number]>('deadline');

const { retireSecretDue } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

/** Removes a retiring secret at its deadline, wherever that moves meanwhile, and ends when the secret is gone. */
export async function retireSecret(secretId: string): Promise<void> {
  let at = Date.now();
  setHandler(deadlineSignal, (delayMs) => {
    at = Date.now() + delayMs;
  });
  for (;;) {
    const current: number = at;
    const wait = current - Date.now();
    if (wait > 0) {
      await condition(() => at !== current, wait);
      if (at !== current) continue;
    }
    const left = await retireSecretDue({ secretId, now: Date.now() });
    if (left === null) return;
    at = Date.now() + left;
  }
}
