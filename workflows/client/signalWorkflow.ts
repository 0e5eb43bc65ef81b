import type { Client } from '@temporalio/client';
import { nextAttemptAt } from '../../core/deliveries/nextAttempt.ts';
import type { Failures, SignalWorkflow } from '../../core/deliveries/ownership.ts';
import type { deliver } from '../deliver.ts';
import { deliverWorkflowId, taskQueue } from '../names.ts';
import { searchAttributes } from '../searchAttributes.ts';
import type { Findable, FindableOptions } from './findable.ts';
import type { TemporalClient } from './temporal.ts';

/** An update is waited for this long: a worker that is away must not hold up whoever asked. Milliseconds. */
const updateDeadlineMs = 1_000;

/** Tells webhooks' workflows through Temporal what they are to know, starting those that do not run. */
export function signalWorkflowOver(temporal: TemporalClient, findable: Findable): SignalWorkflow {
  return (webhookId, signal) =>
    temporal.use((client) =>
      findable.start(client, webhookId, (options) => tellDeliver(client, taskQueue, webhookId, signal, options)),
    );
}

/**
 * @param options - of a workflow that is started by it
 * @throws where Temporal does not take it, or the workflow refuses
 */
export async function tellDeliver(
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

/** A workflow that begins with these failures waits for them, and for nothing else yet. */
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
