import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { type Parts, startParts } from '../../../start/parts.ts';
import { graphqlCall } from '../../support/graphqlCall.ts';
import { Receiver } from '../../support/receiver.ts';

const program = join(packageRoot, 'dist', 'start', 'rotateKeys.js');

describe('npm run keys:rotate', { timeout: 240_000 }, () => {
  const operatorKey = randomBytes(32).toString('base64url');
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let parts: Parts | null = null;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await new Receiver().listen();
    folder = await mkdtemp(join(tmpdir(), 'everhook e2e '));
    const { PATH, HOME, XDG_CACHE_HOME } = process.env;
    env = {
      PATH,
      HOME,
      XDG_CACHE_HOME,
      PORT: '0',
      EVERHOOK_DATA_DIR: folder,
      EVERHOOK_OPERATOR_KEY: operatorKey,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    };
  });
  afterAll(async () => {
    await parts?.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async () => {
    parts = await startParts({ progress: () => {}, env });
  };
  const restart = async (keys: string) => {
    await parts?.stop();
    parts = null;
    await writeFile(join(folder, 'encryption-keys'), keys, { mode: 0o600 });
    await start();
  };
  const rotate = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args], { env });

  const call = (query: string, variables: object) => graphqlCall(String(parts?.url), operatorKey, query, variables);

  it('takes an installation from one key to the next while it serves, until the old one can go', async () => {
    await start();
    const oldKey = (await readFile(join(folder, 'encryption-keys'), 'utf8')).trim();
    const newKey = (await rotate('--generate')).stdout.trim();
    const { createOrganization } = await call(
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
      {},
    );
    const { createWebhook } = await call(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }',
      {
        input: {
          organizationId: createOrganization.organization.id,
          name: 'Berth board',
          url: receiver.url,
          headers: [{ name: 'Authorization', value: 'Bearer of-the-receiver' }],
        },
      },
    );
    const send = async () => {
      const before = receiver.received.length;
      await call('mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', {
        id: createWebhook.webhook.id,
      });
      await receiver.count(before + 1);
      expect(receiver.received[before]?.headers.authorization).toBe('Bearer of-the-receiver');
    };
    await send();

    // Sealed under a key that the running processes do not know, nothing could be sent any more.
    await writeFile(join(folder, 'encryption-keys'), `${newKey},${oldKey}`, { mode: 0o600 });
    expect(await rotate().catch((error) => error)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2 of the running processes do not know the key'),
    });
    await restart(`${newKey},${oldKey}`);
    const { stdout } = await rotate();
    expect(stdout).toContain('2 sealed again');
    expect(stdout).toContain('No other key is in use');
    await send();

    await restart(newKey);
    await send();
    expect((await rotate()).stdout).toContain('0 sealed again');
    for (const key of [oldKey, newKey]) expect(stdout).not.toContain(key.split(':')[1]);
  });

  it('names a database that cannot be reached, waits for it, and can be stopped', async () => {
    const DATABASE_URL = 'postgresql://me:hidden-password@127.0.0.1:1/it';
    const elsewhere = { ...env, DATABASE_URL, EVERHOOK_ENCRYPTION_KEYS: (await rotate('--generate')).stdout.trim() };
    const running = spawn(process.execPath, [program], { env: elsewhere });
    const ended = once(running, 'exit');
    const [line] = (await once(running.stdout.setEncoding('utf8'), 'data')) as [string];
    expect(line).toMatch(/^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
    expect(line).not.toContain('hidden-password');
    const said = once(running.stderr.setEncoding('utf8'), 'data');
    running.kill('SIGINT');
    expect(await said).toEqual(['Stopped before anything was sealed again.\n']);
    expect(await ended).toEqual([1, null]);
  });

  it('says what is missing where it finds no installation', async () => {
    const nowhere = { ...env, EVERHOOK_DATA_DIR: join(folder, 'nowhere') };
    const failure = await promisify(execFile)(process.execPath, [program], { env: nowhere }).catch((error) => error);
    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EVERHOOK_DATA_DIR: has no encryption-keys'),
    });
  });
});
