import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { createTemporalClient } from '../../workflows/client/temporal.ts';
import { promote, thisBuildId } from '../../workflows/worker/deployment.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { temporalServer } from '../support/temporal.ts';

/** Names of series with their labels, without values. */
const seriesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .sort();

describe('metrics of a worker', () => {
  let database: TestDatabase;
  let worker: ChildProcess;
  let url: string;
  const temporal = async () => ({ ...(await temporalServer()), tls: false, apiKey: null });

  beforeAll(async () => {
    database = await createDatabase();
    const { address, namespace } = await temporalServer();
    const [port] = await freePorts([0]);
    url = `http://127.0.0.1:${port}/metrics`;
    worker = spawn(process.execPath, [join(packageRoot, 'dist', 'server/processes/worker.js')], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        EVERHOOK_ENCRYPTION_KEYS: generateKey(),
        EVERHOOK_WORKER_METRICS_PORT: String(port),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
  afterAll(async () => {
    if (worker.exitCode === null) {
      const closed = new Promise((resolve) => worker.once('close', resolve));
      worker.kill('SIGTERM');
      await closed;
    }
    await database.drop();
  });

  const read = async () => {
    const response = await fetch(url).catch(() => null);
    return response?.ok ? response.text() : '';
  };

  it('come with probes: it lives before it is ready, and is ready once it polls', async () => {
    const probe = (path: string) =>
      fetch(new URL(path, url)).then(
        async (response) => [response.status, await response.json()],
        () => null,
      );
    await expect.poll(() => probe('/healthz'), { timeout: 60_000 }).toEqual([200, { status: 'ok' }]);
    const ready = [200, { status: 'ok', postgresql: 'ok', worker: 'ok' }];
    await expect.poll(() => probe('/readyz'), { timeout: 60_000 }).toEqual(ready);
    expect(await probe('/nothing')).toMatchObject([404, {}]);
  });

  it('show what Temporal’s SDK counts beside Everhook’s own, each name described once', async () => {
    await expect.poll(read, { timeout: 60_000 }).toContain('temporal_num_pollers');
    const client = createTemporalClient(await temporal());
    try {
      // The sweep, which it is given then, is work enough to count.
      await client.use(async (each) => promote(each, (await temporalServer()).namespace, await thisBuildId()));
      await expect.poll(read, { timeout: 60_000 }).toMatch(/^temporal_activity_execution_latency_seconds_count/m);
    } finally {
      await client.close();
    }
    const text = await read();
    for (const name of [
      'everhook_process_cpu_seconds_total',
      'everhook_temporal_calls_total{operation="GetSystemInfo",code="OK"}',
      'everhook_temporal_call_duration_seconds_count',
      'temporal_worker_task_slots_available{',
      'temporal_workflow_task_execution_latency_seconds_bucket{',
      'temporal_long_request_total{',
    ]) {
      expect(text).toContain(name);
    }
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
  });

  it('are labelled by nothing that grows with tenants', async () => {
    const sdk = seriesOf(await read()).filter((name) => name.startsWith('temporal_'));
    const labels = new Set(sdk.flatMap((name) => [...name.matchAll(/(\w+)="/g)].map(([, label]) => label)));
    for (const label of labels) {
      expect(
        [
          'namespace',
          'task_queue',
          'workflow_type',
          'activity_type',
          'worker_type',
          'poller_type',
          'operation',
          'status_code',
          'failure_reason',
          'eager',
          'le',
        ],
        label,
      ).toContain(label);
    }
    expect(sdk.join('\n')).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(sdk.length).toBeLessThan(2_000);
  });
});
