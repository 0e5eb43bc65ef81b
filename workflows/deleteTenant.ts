import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

const { deleteSome } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  ...untilDone,
});

/** Takes away what belonged to a deleted organization or project, a part at a time. The database holds the progress. */
export async function deleteTenant(deletionId: string): Promise<void> {
  while (await deleteSome(deletionId)) {
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 1_000) {
      await continueAsNew<typeof deleteTenant>(deletionId);
    }
  }
}
