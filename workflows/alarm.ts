import { condition, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

const { attemptDue } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  ...untilDone,
});

/** When to check next, in the workflow's time. */
export class Alarm {
  at: number | null = null;

  setEarlier(at: number): void {
    if (this.at === null || at < this.at) this.at = at;
  }
}

/** False if, by the run's history, the old code has already passed this point. */
const ownsFromHere = () => patched('owns-deliveries-from-here');

/**
 * The old `deliver`, from before it owned its deliveries: it was their clock, while an activity decided what was due.
 * Workflows that began so replay it as far as their histories go, and then own the waiting deliveries.
 *
 * @param moveOn - continues as new
 */
export async function keepAlarm(webhookId: string, alarm: Alarm, moveOn: () => Promise<never>): Promise<void> {
  if (alarm.at === null) alarm.at = Date.now();
  while (alarm.at !== null) {
    if (ownsFromHere()) await moveOn();
    const wait: number = alarm.at - Date.now();
    if (wait > 0) {
      const current: number = alarm.at;
      await condition(() => alarm.at !== current, wait);
      if (alarm.at !== current) continue;
      if (ownsFromHere()) await moveOn();
    }
    alarm.at = null;
    const next = await attemptDue({ webhookId, now: Date.now() });
    if (next !== null) alarm.setEarlier(Date.now() + next);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 2_000) {
      if (alarm.at !== null) await moveOn();
    }
  }
}
