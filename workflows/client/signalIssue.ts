import type { Client } from '@temporalio/client';
import type { SignalIssue } from '../../core/issues/issueWaker.ts';
import type { OwnedIssue } from '../../core/issues/provider.ts';
import { issueWorkflowId, taskQueue } from '../names.ts';
import type { syncIssue } from '../syncIssue.ts';
import type { TemporalClient } from './temporal.ts';

/** Signals issues' workflows through Temporal, and starts those that do not run. */
export function signalIssueOver(temporal: TemporalClient): SignalIssue {
  return (issue) => temporal.use((client) => signalSyncIssue(client, taskQueue, issue));
}

/** @throws if Temporal does not accept it */
export async function signalSyncIssue(
  client: Client,
  taskQueue: string,
  { organizationId, ...issue }: OwnedIssue,
): Promise<void> {
  await client.workflow.signalWithStart<typeof syncIssue, []>('syncIssue', {
    workflowId: issueWorkflowId(issue),
    taskQueue,
    args: [issue],
    signal: 'reported',
    signalArgs: [],
    // Its activities have the same.
    priority: { fairnessKey: organizationId },
  });
}
