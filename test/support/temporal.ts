import type { Connection } from '@temporalio/client';
import { v7 } from 'uuid';
import { expect, inject } from 'vitest';

/** The run's real Temporal server, started when the first test asks. Test files share it: use your own names for task queues. */
export async function temporalServer(): Promise<{ address: string; namespace: string }> {
  const response = await fetch(`${inject('partsUrl')}/temporal`);
  if (!response.ok) throw new Error(`Temporal does not start: ${await response.text()}`);
  return (await response.json()) as { address: string; namespace: string };
}

/** Creates a namespace on the run's Temporal, as an operator does. Resolves when it can be used. */
export async function newNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${v7()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 } as never,
  });
  await expect
    .poll(
      () =>
        connection.workflowService
          .listWorkflowExecutions({ namespace, pageSize: 1 })
          .then(() => null)
          .catch((error: Error) => error.message),
      { timeout: 30_000 },
    )
    .toBeNull();
  return namespace;
}
