import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';

/** Look at the webhook's due deliveries after this many milliseconds, or when you would anyway, if that is sooner. */
export const wakeSignal = defineSignal<[delayMs: number]>('wake');

const { attemptDue } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  // A worker that died is noticed after this long, and another takes over.
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/** When to look next, in the workflow's time. */
class Alarm {
  at: number | null = null;

  setEarlier(at: number): void {
    if (this.at === null || at < this.at) this.at = at;
  }
}

/**
 * Owns one webhook's waiting deliveries: sleeps by a durable timer until the next is due, has what is due attempted, and ends
 * when nothing waits any more. The deliveries and their due times lie in the database; this is their clock.
 */
export async function deliver(webhookId: string): Promise<void> {
  const alarm = new Alarm();
  setHandler(wakeSignal, (delayMs) => alarm.setEarlier(Date.now() + delayMs));
  // A signal that starts a workflow is handled before its code runs on; one that was continued has none yet.
  if (alarm.at === null) alarm.at = Date.now();

  while (alarm.at !== null) {
    const wait: number = alarm.at - Date.now();
    if (wait > 0) {
      const current: number = alarm.at;
      await condition(() => alarm.at !== current, wait);
      if (alarm.at !== current) continue;
    }
    alarm.at = null;
    const next = await attemptDue({ webhookId, now: Date.now() });
    if (next !== null) alarm.setEarlier(Date.now() + next);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 2_000) {
      if (alarm.at !== null) await continueAsNew<typeof deliver>(webhookId);
    }
  }
}
