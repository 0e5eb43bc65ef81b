import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

const { eraseSome } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  ...untilDone,
});

/** Takes the content of events away, a part at a time. The database holds the progress, and what is selected. */
export async function erase(erasureId: string): Promise<void> {
  while (await eraseSome(erasureId)) {
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 1_000) {
      await continueAsNew<typeof erase>(erasureId);
    }
  }
}
