import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { erase } from '../erase.ts';
import { eraseWorkflowId, taskQueue } from '../names.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts an erasure's workflow, or leaves the one that runs. */
export type StartErasure = (erasureId: string, organizationId: string) => Promise<void>;

/** The workflow is given the erasure's id alone: nothing of what is erased is in its history. */
export function startErasureOver(temporal: TemporalClient): StartErasure {
  return (erasureId, organizationId) =>
    temporal.use(async (client) => {
      await client.workflow.start<typeof erase>('erase', {
        workflowId: eraseWorkflowId(erasureId),
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        taskQueue,
        args: [erasureId],
        // Its activities have the same.
        priority: { fairnessKey: organizationId },
      });
    });
}
