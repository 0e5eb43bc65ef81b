import { retireSecretWorkflowId, taskQueue } from '../names.ts';
import type { retireSecret } from '../retireSecret.ts';
import type { TemporalClient } from './temporal.ts';

/** Tells the workflow of a retiring secret its deadline, and starts the workflow where it does not run. */
export type SignalDeadline = (secretId: string, at: Date, organizationId: string) => Promise<void>;

export function signalDeadlineOver(temporal: TemporalClient): SignalDeadline {
  return async (secretId, at, organizationId) => {
    await temporal.use((client) =>
      client.workflow.signalWithStart<typeof retireSecret, [delayMs: number]>('retireSecret', {
        workflowId: retireSecretWorkflowId(secretId),
        taskQueue,
        args: [secretId],
        signal: 'deadline',
        signalArgs: [Math.max(0, at.getTime() - Date.now())],
        // Its activities have the same.
        priority: { fairnessKey: organizationId },
      }),
    );
  };
}
