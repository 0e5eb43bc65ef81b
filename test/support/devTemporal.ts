import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { freePorts } from '../../core/ground/freePorts.ts';
import { plainEnvironment } from '../../local/environment.ts';
import { temporalCli } from './temporalCli.ts';

/** Temporal's development server, in memory, for tests that need other settings than the run's server has. */
export async function startDevTemporal(settings: Readonly<Record<string, unknown>>) {
  const [port] = await freePorts([0]);
  const values = Object.entries(settings).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
  const child = spawn(
    await temporalCli(),
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
      ...values,
    ],
    { env: plainEnvironment(), stdio: 'ignore' },
  );
  const address = `127.0.0.1:${port}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 2_000 });
      await connection.workflowService.listWorkflowExecutions({ namespace: 'default', pageSize: 1 });
      await connection.close();
      break;
    } catch (error) {
      if (attempt === 60 || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  return {
    address,
    async close() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}
