import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { tool } from './tool.ts';

const operatorKey = 'o'.repeat(32);

/** Runs in the namespace: an event is published and received at an address; prints what each part answers there. */
const program = (host: string) => `
  import { createServer } from 'node:http';
  const url = 'http://${host}:4000';
  const call = async (query, input) => {
    const response = await fetch(url + '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ${operatorKey}' },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return Object.values(data)[0];
  };
  const received = Promise.withResolvers?.() ?? {};
  if (!received.promise) received.promise = new Promise((resolve) => (received.resolve = resolve));
  const server = createServer((request, response) => {
    response.end();
    received.resolve(request.headers.host);
  });
  await new Promise((resolve) => server.listen(8080, resolve));
  const { organization } = await call('mutation M($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }', { name: 'Harbour' });
  const { project } = await call('mutation M($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }', { organizationId: organization.id, name: 'Berths', profile: 'STANDARD' });
  await call('mutation M($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }', { projectId: project.id, name: 'crane.moved', schema: { type: 'object' } });
  await call('mutation M($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', { projectId: project.id, name: 'Board', url: 'http://${host}:8080/' });
  await call('mutation M($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', { projectId: project.id, events: [{ type: 'crane.moved', data: {} }] });
  const answers = { received: await received.promise };
  for (const [name, address] of Object.entries({ ready: url + '/readyz', loopback: 'http://127.0.0.1:4000/healthz', worker: 'http://${host}:9464/healthz' })) {
    answers[name] = (await fetch(address)).status;
  }
  console.log(JSON.stringify(answers));
  process.exit(0);
`;

/** Networks of their own: what each allows beside loopback. */
const networks: [name: string, setUp: string, host: string][] = [
  ['IPv6 alone', 'ip addr add fd00:e::1/128 dev lo', '[fd00:e::1]'],
  [
    'IPv6 switched off',
    'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && ip addr add 198.18.0.1/32 dev lo',
    '198.18.0.1',
  ],
];

describe('HOST=::', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook e2e '));
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it.each(networks)('serves, delivers and shows metrics in a network with %s', async (_, setUp, host) => {
    tool('ip');
    const { PATH, HOME, XDG_CACHE_HOME } = process.env;
    const script = `ip link set lo up && ${setUp} && exec "$0" "$@"`;
    child = spawn(
      tool('unshare'),
      ['--net', 'sh', '-c', script, process.execPath, join(packageRoot, 'dist', 'start', 'main.js')],
      {
        cwd: packageRoot,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...{ PATH: `${PATH}:/usr/sbin:/sbin`, HOME, XDG_CACHE_HOME },
          HOST: '::',
          EVERHOOK_WORKER_METRICS_PORT: '9464',
          EVERHOOK_DATA_DIR: folder,
          EVERHOOK_OPERATOR_KEY: operatorKey,
          EVERHOOK_ALLOW_HTTP: 'true',
          EVERHOOK_ALLOWED_PRIVATE_RANGES: 'fd00::/8,198.18.0.0/15',
        },
      },
    );
    let said = '';
    const running = new Promise<void>((resolve, reject) => {
      for (const stream of [child?.stdout, child?.stderr]) {
        stream?.on('data', (chunk) => {
          said += chunk;
          if (said.includes('Everhook runs.')) resolve();
        });
      }
      child?.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${said}`)));
    });
    await running;
    const inside = ['-t', String(child.pid), '-n', process.execPath, '--input-type=module', '-e', program(host)];
    const { stdout } = await promisify(execFile)(tool('nsenter'), inside, { timeout: 120_000 });
    expect(JSON.parse(stdout)).toEqual({ received: `${host}:8080`, ready: 200, loopback: 200, worker: 200 });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
