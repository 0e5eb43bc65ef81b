import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client';
import type { deleteTenant } from '../deleteTenant.ts';
import { deleteTenantWorkflowId, taskQueue } from '../names.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts a deletion's workflow, or leaves the one that runs. */
export type StartDeletion = (deletionId: string, organizationId: string) => Promise<void>;

export function startDeletionOver(temporal: TemporalClient): StartDeletion {
  return (deletionId, organizationId) =>
    temporal.use((client) => startDeleteTenant(client, taskQueue, deletionId, organizationId));
}

/** @throws if Temporal does not accept it */
export async function startDeleteTenant(
  client: Client,
  taskQueue: string,
  deletionId: string,
  organizationId: string,
): Promise<void> {
  await client.workflow.start<typeof deleteTenant>('deleteTenant', {
    workflowId: deleteTenantWorkflowId(deletionId),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    args: [deletionId],
    // Its activities have the same.
    priority: { fairnessKey: organizationId },
  });
}
