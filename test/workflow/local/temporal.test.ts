import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalServer } from '../../support/temporal.ts';
import { timeSkippingEnvironment } from '../../support/timeSkipping.ts';

describe('the local Temporal', () => {
  let connection: Connection;
  let namespace: string;

  beforeAll(async () => {
    const server = await temporalServer();
    namespace = server.namespace;
    connection = await Connection.connect({ address: server.address });
  });
  afterAll(() => connection.close());

  it('keeps closed workflows for three days', async () => {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 24 * 3600);
  });

  it('knows worker deployments', async () => {
    const { workerDeployments } = await connection.workflowService.listWorkerDeployments({ namespace });
    expect(Array.isArray(workerDeployments)).toBe(true);
  });
});

describe('the time-skipping environment', () => {
  it('lets two hours pass at once', async () => {
    const environment = await timeSkippingEnvironment();
    try {
      const before = Date.now();
      const from = await environment.currentTimeMs();
      await environment.sleep('2h');
      expect((await environment.currentTimeMs()) - from).toBeGreaterThanOrEqual(7_200_000);
      expect(Date.now() - before).toBeLessThan(60_000);
    } finally {
      await environment.teardown();
    }
  });
});
