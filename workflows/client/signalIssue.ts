import type { SignalIssue } from '../../core/issues/issueWaker.ts';
import { issueWorkflowId, taskQueue } from '../names.ts';
import type { syncIssue } from '../syncIssue.ts';
import type { TemporalClient } from './temporal.ts';

/** Signals issues' workflows through Temporal, and starts those that do not run. */
export function signalIssueOver(temporal: TemporalClient): SignalIssue {
  return async (issue) => {
    await temporal.use((client) =>
      client.workflow.signalWithStart<typeof syncIssue, []>('syncIssue', {
        workflowId: issueWorkflowId(issue),
        taskQueue,
        args: [issue],
        signal: 'reported',
        signalArgs: [],
      }),
    );
  };
}
