import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { createTemporalClient } from '../../workflows/client/temporal.ts';
import { promote, thisBuildId } from '../../workflows/worker/deployment.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { alerts, boardQueries, metricsIn, metricsOf, seriesOf } from '../support/promql.ts';
import { sharedProduct } from '../support/sharedProduct.ts';
import { temporalServer } from '../support/temporal.ts';

describe('metrics of a worker and of an API process', () => {
  let database: TestDatabase;
  let worker: ChildProcess;
  let url: string;
  let output = '';
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
        // So that it shows the metrics of its way out.
        EVERHOOK_EGRESS_ADDRESSES: '127.0.0.1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
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
    await expect.poll(() => probe('/healthz'), { timeout: 120_000 }).toEqual([200, { status: 'ok' }]);
    const ready = [200, { status: 'ok', postgresql: 'ok', worker: 'ok' }];
    await expect.poll(() => probe('/readyz'), { timeout: 120_000 }).toEqual(ready);
    expect(await probe('/nothing')).toMatchObject([404, {}]);
  });

  it('show what Temporal’s SDK counts beside Everhook’s own, each name described once', async () => {
    await expect.poll(read, { timeout: 120_000 }).toContain('temporal_num_pollers');
    const client = createTemporalClient(await temporal());
    try {
      // The sweep, which it is given then, is work enough to count.
      await client.use(async (each) => promote(each, (await temporalServer()).namespace, await thisBuildId()));
      await expect.poll(read, { timeout: 120_000 }).toMatch(/^temporal_activity_execution_latency_seconds_count/m);
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

  it('come with a log of JSON lines alone, whose level a signal changes, and the operator for all processes', async () => {
    const changes = () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { msg: string; from?: string; to?: string; by?: string })
        .filter(({ msg }) => msg === 'the level of this log changes')
        .map(({ from, to, by }) => `${from} ${to} ${by}`);
    const query = async (text: string) => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query(text).finally(() => client.end());
    };
    worker.kill('SIGUSR2');
    await expect.poll(changes).toEqual(['info debug SIGUSR2']);
    worker.kill('SIGUSR2');
    await expect.poll(changes).toHaveLength(2);
    await query("INSERT INTO log_level (level, until) VALUES ('trace', now() + interval '1 hour')");
    await expect.poll(changes, { timeout: 120_000 }).toHaveLength(3);
    // It ends by itself.
    await query('UPDATE log_level SET until = now()');
    await expect
      .poll(changes, { timeout: 120_000 })
      .toEqual(['info debug SIGUSR2', 'debug info SIGUSR2', 'info trace operator', 'trace info operator']);
  });

  describe('and those that are asked for and documented', () => {
    const api = async () => (await fetch(`${(await sharedProduct()).url}/metrics`)).text();
    /** Metrics that Temporal's SDK shows only once something has failed: the names are in its core. */
    const inCore = async (name: string) => {
      const core = createRequire(import.meta.url).resolve(
        `@temporalio/core-bridge/releases/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu/index.node`,
      );
      return (await readFile(core)).includes(
        name.replace(/^temporal_/, '').replace(/(_seconds)?(_total|_bucket)?$/, ''),
      );
    };

    it('are found by every query of the board and of the alerts', async () => {
      const shown = new Set([...metricsOf(await read()), ...metricsOf(await api())]);
      const queries = [...(await boardQueries()), ...(await alerts()).map(({ expr }) => expr)];
      const asked = new Set(queries.flatMap(metricsIn));
      expect(asked.size).toBeGreaterThan(40);
      const missing = [...asked].filter((name) => !shown.has(name));
      for (const name of missing)
        expect([name, name.startsWith('temporal_') && (await inCore(name))]).toEqual([name, true]);
    });

    it('are all in the table of docs/operate.md, and no others', async () => {
      const page = await readFile(join(packageRoot, 'docs/operate.md'), 'utf8');
      const table = page.slice(page.indexOf('\n## Metrics'), page.indexOf('\n### The board'));
      const documented = new Set([...table.matchAll(/`(everhook_\w+?)(?:\{[\w,]+\})?`/g)].map(([, name]) => name));
      documented.delete('everhook_nodejs_eventloop_lag_p99_seconds');
      const types = [...`${await read()}\n${await api()}`.matchAll(/^# TYPE (everhook_\w+)/gm)].map(([, name]) => name);
      const own = new Set(types.filter((name) => !/^everhook_(process|nodejs)_/.test(name as string)));
      expect([...own].sort()).toEqual([...documented].sort());
    });

    it('have a section for each alert, to which its link leads', async () => {
      const page = await readFile(join(packageRoot, 'docs/operate.md'), 'utf8');
      const sections = page.slice(page.indexOf('\n## Alerts'), page.indexOf('\n## Logs')).split('\n### ').slice(1);
      const all = await alerts();
      expect(sections.map((section) => section.split('\n')[0])).toEqual(all.map(({ alert }) => alert));
      for (const section of sections) expect(section).toMatch(/\n\n[^-][\s\S]+\n- Look: [\s\S]+\n- Do: /);
      for (const { alert, for: after, labels, annotations } of all) {
        expect(annotations.runbook_url).toBe(`docs/operate.md#${alert.toLowerCase()}`);
        expect(['critical', 'warning']).toContain(labels.severity);
        expect([after, annotations.summary]).toEqual([expect.stringMatching(/^\d+m$/), expect.stringMatching(/\.$/)]);
      }
    });
  });
});
