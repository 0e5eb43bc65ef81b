import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { LifecycleWorkflows } from '../../core/composition/lifecycle.ts';
import { recoverWorkflowId, retireSecretWorkflowId, taskQueue } from '../names.ts';
import type { recover } from '../recover.ts';
import type { retireSecret } from '../retireSecret.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts the workflows of secrets and recoveries through Temporal, or continues them. */
export function lifecycleOver(temporal: TemporalClient): LifecycleWorkflows {
  return {
    async retireSecret(secretId, delayMs) {
      await temporal.use((client) =>
        client.workflow.signalWithStart<typeof retireSecret, [delayMs: number]>('retireSecret', {
          workflowId: retireSecretWorkflowId(secretId),
          taskQueue,
          args: [secretId],
          signal: 'deadline',
          signalArgs: [delayMs],
        }),
      );
    },
    async recover(recoveryId) {
      await temporal.use((client) =>
        client.workflow.start<typeof recover>('recover', {
          workflowId: recoverWorkflowId(recoveryId),
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          taskQueue,
          args: [recoveryId],
        }),
      );
    },
  };
}
