import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

const { recoverSome } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  ...untilDone,
});

/** Replays the deliveries that a webhook missed, a part at a time. The database holds the progress. */
export async function recover(recoveryId: string): Promise<void> {
  while (await recoverSome(recoveryId)) {
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 1_000) {
      await continueAsNew<typeof recover>(recoveryId);
    }
  }
}
