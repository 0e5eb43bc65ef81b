import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePorts } from '../../../core/ground/freePorts.ts';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { generateKey } from '../../../core/secrets/keyRing.ts';
import { ensureDatabase } from '../../../local/postgres.ts';
import { temporalServer } from '../../support/temporal.ts';
import type { Manifest } from '../kubernetesSchemas.ts';
import { containersOf, environmentOf, rendered } from './chart.ts';

describe('an installation by the chart', () => {
  const database = `chart_${randomUUID().replaceAll('-', '')}`;
  const running: ChildProcess[] = [];
  let manifests: Manifest[];
  const ports: Record<string, number> = {};

  const start = (kind: string) => {
    const container = containersOf(manifests).find(({ args }) => args[0] === kind);
    const env = environmentOf(container, manifests);
    // All pods are on this one machine here.
    if (kind === 'api') env.PORT = String(ports.http);
    if (kind === 'worker') env.EVERHOOK_WORKER_METRICS_PORT = String(ports.worker);
    const program = join(packageRoot, 'dist', 'start', 'everhook.js');
    const child = spawn(process.execPath, [program, ...container.args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, container, ended, output: () => output };
  };

  beforeAll(async () => {
    await ensureDatabase(inject('postgresUrl'), database);
    const url = new URL(inject('postgresUrl'));
    url.pathname = `/${database}`;
    const { address, namespace } = await temporalServer();
    const [http, api, worker] = await freePorts([0, 0, 0]);
    Object.assign(ports, { http, api, worker });
    manifests = await rendered([], {
      bindAddress: '127.0.0.1',
      metricsPort: api,
      secrets: {
        databaseUrl: { value: url.href },
        encryptionKeys: { value: generateKey() },
        operatorKey: { value: 'an-operator-key-of-the-tests' },
      },
      temporal: { address, namespace },
    });
  });
  afterAll(async () => {
    for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await closed;
    }
    const client = new pg.Client({ connectionString: inject('postgresUrl') });
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await client.end();
  });

  it('migrates, starts, answers its probes, promotes its build, and ends when asked', async () => {
    const migrated = start('migrate');
    expect([await migrated.ended, migrated.output()]).toEqual([0, expect.stringContaining('Applied')]);
    const [api, worker] = [start('api'), start('worker')];
    const probe = async (at: string, port: number) => {
      const response = await fetch(`http://127.0.0.1:${port}${at}`).catch(() => null);
      return response?.status ?? null;
    };
    for (const { container } of [api, worker]) {
      for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const { path, port } = container[name].httpGet;
        const place = port === 'http' ? ports.http : ports.worker;
        await expect.poll(() => probe(path, place as number), { timeout: 120_000 }).toBe(200);
      }
    }
    // Metrics are on the port that no Ingress leads to.
    expect(await probe('/metrics', ports.api as number)).toBe(200);
    expect(await probe('/metrics', ports.worker as number)).toBe(200);
    expect(await probe('/metrics', ports.http as number)).toBe(404);
    const promoted = start('promote');
    expect([await promoted.ended, promoted.output()]).toEqual([
      0,
      expect.stringMatching(/Workflows go to this build|Done/),
    ]);
    for (const { child, ended } of [api, worker]) {
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});
