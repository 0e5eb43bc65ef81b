import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client';
import {
  deleteTenantWorkflowId,
  eraseWorkflowId,
  taskQueue as ownTaskQueue,
  recoverWorkflowId,
  resumeWorkflowId,
} from '../names.ts';
import type { TemporalClient } from './temporal.ts';

/** The workflows that do a row's work in parts, by their types. The database holds the progress. */
const workflowIds = {
  recover: recoverWorkflowId,
  erase: eraseWorkflowId,
  deleteTenant: deleteTenantWorkflowId,
  resume: resumeWorkflowId,
} as const;

type PartlyWorkflow = keyof typeof workflowIds;

/** Starts the workflow of a row, or leaves the one that runs. */
export type StartPartly = (id: string, organizationId: string) => Promise<void>;

export const startPartlyOver =
  (temporal: TemporalClient, workflow: PartlyWorkflow): StartPartly =>
  (id, organizationId) =>
    temporal.use((client) => startPartly(client, ownTaskQueue, workflow, id, organizationId));

/**
 * The workflow is given the row's id alone: no content is in its history.
 *
 * @throws if Temporal does not accept it
 */
export async function startPartly(
  client: Client,
  taskQueue: string,
  workflow: PartlyWorkflow,
  id: string,
  organizationId: string,
): Promise<void> {
  await client.workflow.start<(id: string) => Promise<void>>(workflow, {
    workflowId: workflowIds[workflow](id),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    args: [id],
    // Its activities have the same.
    priority: { fairnessKey: organizationId },
  });
}
