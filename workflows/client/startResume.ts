import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client';
import { resumeWorkflowId, taskQueue } from '../names.ts';
import type { resume } from '../resume.ts';
import type { TemporalClient } from './temporal.ts';

/** Starts the workflow that resumes a webhook, or leaves the one that runs. */
export type StartResume = (webhookId: string, organizationId: string) => Promise<void>;

export function startResumeOver(temporal: TemporalClient): StartResume {
  return (webhookId, organizationId) =>
    temporal.use((client) => startResumeIn(client, taskQueue, webhookId, organizationId));
}

/** @throws if Temporal does not accept it */
export async function startResumeIn(
  client: Client,
  taskQueue: string,
  webhookId: string,
  organizationId: string,
): Promise<void> {
  await client.workflow.start<typeof resume>('resume', {
    workflowId: resumeWorkflowId(webhookId),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    args: [webhookId],
    // Its activities have the same.
    priority: { fairnessKey: organizationId },
  });
}
