import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';

const { recoverSome } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  // A worker that died is noticed after this long, and another goes on where it stopped.
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/** Replays what a webhook did not get, a part at a time. How far it has come lies in the database. */
export async function recover(recoveryId: string): Promise<void> {
  while (await recoverSome(recoveryId)) {
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 1_000) {
      await continueAsNew<typeof recover>(recoveryId);
    }
  }
}
