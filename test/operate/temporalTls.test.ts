import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../core/composition/config.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { reachableTemporal } from '../../workflows/client/reachTemporal.ts';
import { createTemporalClient, type TemporalSettings } from '../../workflows/client/temporal.ts';
import { standingOf, thisBuildId } from '../../workflows/worker/deployment.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type RunningProcess, runProcess } from '../support/productProcess.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';
import { pemPath, type TlsOptions, tlsBefore } from '../support/tlsBeforeTemporal.ts';

const apiKey = 'api-key.of-temporal-cloud_0123456789';
const authority = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: pemPath('authority') };
const certificate = {
  TEMPORAL_TLS_CLIENT_CERT_PATH: pemPath('client'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: pemPath('client-key'),
};

let server: { address: string; namespace: string };
let tls: Awaited<ReturnType<typeof tlsBefore>> | null = null;

beforeAll(async () => {
  server = await temporalServer();
});
afterEach(async () => {
  await tls?.close();
  tls = null;
});

const listen = async (options: TlsOptions) => {
  tls = await tlsBefore(server.address, options);
  return tls;
};

const settingsOf = (env: NodeJS.ProcessEnv) => loadConfig(env).temporal as TemporalSettings;

/** What a process says of this Temporal when it starts; null if it can be used. */
const saidOf = (env: NodeJS.ProcessEnv) =>
  reachableTemporal(settingsOf(env))
    .attempt()
    .then(
      () => null,
      (error: Error) => error.message,
    );

describe('a Temporal behind TLS', () => {
  it('is reached with its authority’s certificate, by the name that is to be verified', async () => {
    const { address, port } = await listen({ certificate: 'server-other' });
    expect(await saidOf({ TEMPORAL_ADDRESS: address, ...authority, TEMPORAL_TLS: 'other.test' })).toBeNull();
    expect(await saidOf({ TEMPORAL_ADDRESS: address, ...authority })).toMatch(/another name.*TEMPORAL_TLS to the name/);
    expect(await saidOf({ TEMPORAL_ADDRESS: address, ...authority, TEMPORAL_TLS: 'wrong.test' })).toMatch(
      /wrong\.test.*TEMPORAL_TLS to the name/,
    );
    expect(await saidOf({ TEMPORAL_ADDRESS: `localhost:${port}`, TEMPORAL_TLS: 'other.test' })).toMatch(
      /authority that is not trusted here.*TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    );
    expect(await saidOf({ TEMPORAL_ADDRESS: address })).toMatch(/TEMPORAL_TLS\?/);
    expect(await saidOf({ TEMPORAL_ADDRESS: server.address, TEMPORAL_TLS: 'true' })).toMatch(
      /does not speak TLS.*TEMPORAL_TLS/,
    );
  });

  it('is reached by an IP address that its certificate is for, and by no other', async () => {
    const { address, port } = await listen({ certificate: 'server' });
    expect(await saidOf({ TEMPORAL_ADDRESS: address, ...authority })).toBeNull();
    const byName = { TEMPORAL_ADDRESS: `localhost:${port}`, ...authority };
    expect(await saidOf({ ...byName, TEMPORAL_TLS: '127.0.0.1' })).toBeNull();
    expect(await saidOf({ ...byName, TEMPORAL_TLS: '127.0.0.2' })).toMatch(/127\.0\.0\.2.*TEMPORAL_TLS to the name/);
    // gRPC verifies it, too, also where nothing was tried beforehand.
    const client = createTemporalClient(settingsOf({ ...byName, TEMPORAL_TLS: '127.0.0.2' }));
    await expect(client.check()).rejects.toThrow();
    await client.close();
  });

  it('with a certificate that has expired is told as such', async () => {
    const { address } = await listen({ certificate: 'server-expired' });
    expect(await saidOf({ TEMPORAL_ADDRESS: address, ...authority })).toMatch(/certificate is out of date/);
  });

  it('that wants a client’s certificate names what is wrong with ours', async () => {
    const { address } = await listen({ asksForCertificate: true });
    const common = { TEMPORAL_ADDRESS: address, ...authority };
    expect(await saidOf({ ...common, ...certificate })).toBeNull();
    expect(await saidOf(common)).toMatch(/without a certificate.*TEMPORAL_TLS_CLIENT_CERT_PATH/);
    expect(
      await saidOf({ ...common, ...certificate, TEMPORAL_TLS_CLIENT_CERT_PATH: pemPath('client-expired') }),
    ).toMatch(/valid from Jan .* 2020 .* to Jan .* 2021 .*only: renew that in TEMPORAL_TLS_CLIENT_CERT_PATH/);
    const stranger = {
      TEMPORAL_TLS_CLIENT_CERT_PATH: pemPath('stranger'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: pemPath('stranger-key'),
    };
    expect(await saidOf({ ...common, ...stranger })).toMatch(/refuses our certificate.*TEMPORAL_TLS_CLIENT_CERT_PATH/);
  });

  it('that wants an API key says that the key is refused, and never which', async () => {
    const { address } = await listen({ apiKey });
    const common = { TEMPORAL_ADDRESS: address, ...authority };
    expect(await saidOf({ ...common, TEMPORAL_API_KEY: apiKey })).toBeNull();
    const said = await saidOf({ ...common, TEMPORAL_API_KEY: 'another-key' });
    expect(said).toMatch(/refuses the API key.*TEMPORAL_API_KEY/);
    expect(said).not.toContain('another-key');
    expect(await saidOf(common)).toMatch(/set TEMPORAL_API_KEY/);
    expect(await saidOf({ ...common, TEMPORAL_API_KEY: apiKey, TEMPORAL_NAMESPACE: 'no-such' })).toMatch(
      /no namespace no-such: look at TEMPORAL_NAMESPACE/,
    );
  });
});

describe.each([
  ['an API key, read from a file', { apiKey }, {}],
  ['a client’s certificate', { asksForCertificate: true }, certificate],
] as const)('with %s', (_name, options, settings) => {
  let database: TestDatabase;
  let processes: RunningProcess[] = [];

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    for (const each of processes) await each.kill();
    processes = [];
    await database.drop();
  });

  it('the API, a worker and the promotion work through TLS in their own namespace, and log no secret', {
    timeout: 180_000,
  }, async () => {
    const connection = await Connection.connect({ address: server.address });
    const namespace = await newNamespace(connection);
    await connection.close();
    const { address, calls } = await listen(options);
    const keyFile = join(tmpdir(), `everhook-api-key-${process.pid}`);
    if ('apiKey' in options) await writeFile(keyFile, `${apiKey}\n`, { mode: 0o600 });
    const env = {
      DATABASE_URL: database.url,
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      ...authority,
      ...settings,
      ...('apiKey' in options ? { TEMPORAL_API_KEY_FILE: keyFile } : {}),
    };
    const worker = runProcess('server/processes/worker.js', env);
    const api = runProcess('server/processes/api.js', env);
    processes = [worker, api];
    await worker.said('worker ready');
    const ready = (await api.said('API ready')).find((line) => line.msg === 'API ready');
    const readiness = await fetch(`http://${ready?.listening}/readyz`);
    expect(await readiness.json()).toEqual({ status: 'ok', postgresql: 'ok', temporal: 'ok' });
    const { stdout } = await promisify(execFile)(process.execPath, [join(packageRoot, 'dist/start/promote.js')], {
      env: { PATH: process.env.PATH, ...env },
    });
    expect(stdout).toContain('Done');
    const client = createTemporalClient(settingsOf(env));
    const buildId = await thisBuildId();
    const standing = await client.use((each) => standingOf(each, namespace, buildId));
    await client.close();
    expect(standing).toEqual({ current: buildId, replaced: false });
    // The sweep's Schedule has run: the worker's core works through TLS as well.
    await expect
      .poll(() => calls.map(({ operation }) => operation), { timeout: 60_000 })
      .toContain('RespondActivityTaskCompleted');
    expect(new Set(calls.map(({ agent }) => agent).filter((agent) => agent !== ''))).toEqual(
      new Set(['temporal-typescript']),
    );
    for (const each of processes) expect(await each.end()).toBe(0);
    for (const each of processes) expect(each.output()).not.toMatch(/api-key\.of|PRIVATE KEY/);
  });
});
