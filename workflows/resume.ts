import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

const { resumeSome } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  ...untilDone,
});

/** Sends what a resuming webhook holds, a part at a time. The database holds the progress. */
export async function resume(webhookId: string): Promise<void> {
  while (await resumeSome(webhookId)) {
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 1_000) {
      await continueAsNew<typeof resume>(webhookId);
    }
  }
}
