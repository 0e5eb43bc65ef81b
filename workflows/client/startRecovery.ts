import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { recoverWorkflowId, taskQueue } from '../names.ts';
import type { recover } from '../recover.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts a recovery's workflow, or leaves the one that runs. */
export type StartRecovery = (recoveryId: string) => Promise<void>;

export function startRecoveryOver(temporal: TemporalClient): StartRecovery {
  return async (recoveryId) => {
    await temporal.use((client) =>
      client.workflow.start<typeof recover>('recover', {
        workflowId: recoverWorkflowId(recoveryId),
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        taskQueue,
        args: [recoveryId],
      }),
    );
  };
}
