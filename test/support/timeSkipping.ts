import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { freePorts } from '../../core/ground/freePorts.ts';
import { toStderr } from '../../local/progress.ts';
import { timeSkippingServer } from '../../local/timeSkipping.ts';

/** How long a machine with much else to do may take to start Java. Milliseconds. */
const startTimeoutMs = 60_000;

/** Private by its types alone. */
const create = 'create';

/** A test environment in which hours pass as soon as everything waits. The caller tears it down. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const server = await startServer();
  try {
    // The SDK starts the server by itself, too, but gives it 5 s, which a busy machine exceeds every time.
    const environment: TestWorkflowEnvironment = await TestWorkflowEnvironment[create]({
      server: { type: 'existing' },
      supportsTimeSkipping: true,
      address: server.address,
    });
    const close = environment.teardown.bind(environment);
    environment.teardown = () => close().finally(server.stop);
    return environment;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startServer() {
  const { path } = await timeSkippingServer(toStderr);
  const [port] = (await freePorts([0])) as [number];
  const child = spawn(path, [String(port)], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await exited;
  };
  for (const beganAt = performance.now(); !(await answers(port)); await sleep(50)) {
    if (child.exitCode === null && performance.now() - beganAt < startTimeoutMs) continue;
    await stop();
    throw new Error(
      `Temporal's time-skipping test server did not start (code ${child.exitCode}): run ${path} ${port}.`,
    );
  }
  return { address: `127.0.0.1:${port}`, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
