import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client';
import { recoverWorkflowId, taskQueue } from '../names.ts';
import type { recover } from '../recover.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts a recovery's workflow, or leaves the one that runs. */
export type StartRecovery = (recoveryId: string, organizationId: string) => Promise<void>;

export function startRecoveryOver(temporal: TemporalClient): StartRecovery {
  return (recoveryId, organizationId) =>
    temporal.use((client) => startRecover(client, taskQueue, recoveryId, organizationId));
}

/** @throws if Temporal does not accept it */
export async function startRecover(
  client: Client,
  taskQueue: string,
  recoveryId: string,
  organizationId: string,
): Promise<void> {
  await client.workflow.start<typeof recover>('recover', {
    workflowId: recoverWorkflowId(recoveryId),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    args: [recoveryId],
    // Its activities have the same.
    priority: { fairnessKey: organizationId },
  });
}
