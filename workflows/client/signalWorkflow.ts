import type { Client } from '@temporalio/client';
import { nextAttemptAt } from '../../core/deliveries/nextAttempt.ts';
import type { Failures, SignalWorkflow } from '../../core/deliveries/ownership.ts';
import type { deliver } from '../deliver.ts';
import { deliverWorkflowId, taskQueue } from '../names.ts';
import { searchAttributes } from '../searchAttributes.ts';
import type { Findable, FindableOptions } from './findable.ts';
import type { TemporalClient } from './temporal.ts';

/** An update waits this long: an absent worker must not hold up the caller. Milliseconds. */
const updateDeadlineMs = 1_000;

/** Signals webhooks' workflows through Temporal, and starts those that do not run. */
export function signalWorkflowOver(temporal: TemporalClient, findable: Findable): SignalWorkflow {
  return (webhookId, signal) =>
    temporal.use((client) =>
      findable.start(client, webhookId, (options) => signalDeliver(client, taskQueue, webhookId, signal, options)),
    );
}

/**
 * @param options - for a workflow that the signal starts
 * @throws if Temporal does not accept it, or the workflow refuses
 */
export async function signalDeliver(
  client: Client,
  taskQueue: string,
  webhookId: string,
  signal: Parameters<SignalWorkflow>[1],
  options: FindableOptions = {},
): Promise<void> {
  const workflowId = deliverWorkflowId(webhookId);
  if (signal.kind === 'retryNow') {
    await client.withDeadline(Date.now() + updateDeadlineMs, () =>
      client.workflow
        .getHandle<typeof deliver>(workflowId)
        .executeUpdate<{ attempt: number }, [string]>('retryNow', { args: [signal.deliveryId] }),
    );
    return;
  }
  if (signal.kind === 'cancelled') {
    await client.withDeadline(Date.now() + updateDeadlineMs, () =>
      client.workflow
        .getHandle<typeof deliver>(workflowId)
        .signal<[readonly string[]]>('cancelled', signal.deliveryIds),
    );
    return;
  }
  const start = { ...options, workflowId, taskQueue, args: [webhookId] as [string] };
  if (signal.kind === 'failed') {
    const { failures } = signal;
    await client.workflow.signalWithStart<typeof deliver, [typeof failures]>('deliver', {
      ...start,
      ...showing(failures, options),
      signal: 'failed',
      signalArgs: [failures],
      priority: { fairnessKey: failures.organizationId },
    });
    return;
  }
  await client.workflow.signalWithStart<typeof deliver, [delayMs: number, andLater: boolean]>('deliver', {
    ...start,
    signal: 'wake',
    signalArgs: [signal.delayMs, signal.andLater],
  });
}

/** A workflow that starts with these failures has only these waiting. */
function showing({ list, terms }: Failures, { typedSearchAttributes: known }: FindableOptions): FindableOptions {
  if (!Array.isArray(known)) return {};
  const due = list.map(([, made, endedAt, askedMs, draw, index]) =>
    nextAttemptAt({ made, endedAt, askedMs, draw }, terms[index] as Failures['terms'][number]),
  );
  const first = Math.min(...due.filter((at) => at !== null));
  return {
    typedSearchAttributes: [
      ...known,
      { key: searchAttributes.waiting, value: list.length },
      ...(Number.isFinite(first) ? [{ key: searchAttributes.nextDue, value: new Date(first) }] : []),
    ],
  };
}
