import type { SignalWorkflow } from '../server/deliveries/waker.ts';
import type { TemporalClient } from '../server/temporal.ts';
import type { deliver } from './deliver.ts';
import type { Findable } from './findable.ts';
import { deliverWorkflowId, taskQueue } from './names.ts';

/** Wakes webhooks' workflows through Temporal, starting those that do not run. */
export function signalWorkflowOver(temporal: TemporalClient, findable: Findable): SignalWorkflow {
  return async (webhookId, delayMs) => {
    await temporal.use((client) =>
      findable.start(client, webhookId, (options) =>
        client.workflow.signalWithStart<typeof deliver, [delayMs: number]>('deliver', {
          ...options,
          workflowId: deliverWorkflowId(webhookId),
          taskQueue,
          args: [webhookId],
          signal: 'wake',
          signalArgs: [delayMs],
        }),
      ),
    );
  };
}
