import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { version } from '../../core/ground/version.ts';
import { graphqlCall } from '../support/graphqlCall.ts';
import { Receiver } from '../support/receiver.ts';
import { userShell } from '../support/userShell.ts';

const execute = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

let folder: string;
let first: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook release '));
  await writeFile(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  first = await release('first');
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** @returns the folder of the release, without the image, which image.test.ts builds */
async function release(name: string): Promise<string> {
  const to = join(folder, name);
  const args = [join(packageRoot, 'scripts/release.mjs'), '--without-image', '--dirty', '--to', to];
  const env = { ...process.env, EVERHOOK_RELEASE_KEY: join(folder, 'key.pem') };
  await execute(process.execPath, args, { cwd: packageRoot, env, maxBuffer });
  return to;
}

/** A repository with one commit: the files as they stand here, whether that is committed or not. @returns its folder */
async function cleanClone(name: string): Promise<string> {
  const clone = join(folder, name);
  const { stdout } = await execute('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: packageRoot,
    maxBuffer,
  });
  for (const file of stdout.split('\0').filter((each) => each !== '' && existsSync(join(packageRoot, each)))) {
    await cp(join(packageRoot, file), join(clone, file), { verbatimSymlinks: true });
  }
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    [...author, 'commit', '--quiet', '-m', 'All'],
  ]) {
    await execute('git', args, { cwd: clone, maxBuffer });
  }
  return clone;
}

const server = () => join(first, `everhook-server-${version}.tgz`);
const sdk = () => join(first, `everhook-sdk-${version}.tgz`);

describe('npm run release', () => {
  it('makes packages, chart, SBOM, compose file and digests, the same in every run', async () => {
    expect((await readdir(first)).sort()).toEqual(
      [
        'SHA256SUMS',
        'SHA256SUMS.sig',
        'compose.yaml',
        `everhook-${version}.cdx.json`,
        `everhook-${version}.tgz`,
        `everhook-chart-${version}.tgz`,
        `everhook-react-${version}.tgz`,
        `everhook-sdk-${version}.tgz`,
        `everhook-server-${version}.tgz`,
      ].sort(),
    );
    const second = await release('second');
    expect(await readFile(join(second, 'SHA256SUMS'), 'utf8')).toBe(await readFile(join(first, 'SHA256SUMS'), 'utf8'));
    await execute('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: first });
  });

  it('has nothing in the packages that names the folder in which they were made, so that every clone makes the same', async () => {
    for (const name of (await readdir(first)).filter((each) => each.endsWith('.tgz'))) {
      const { stdout } = await execute('tar', ['--extract', '--to-stdout', '--gzip', '--file', join(first, name)], {
        maxBuffer,
      });
      const maps = [...stdout.matchAll(/sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)/g)];
      const text = [stdout, ...maps.map(([, map = '']) => Buffer.from(map, 'base64').toString())].join('\n');
      expect(text.includes(`${packageRoot}/`), name).toBe(false);
      // The workflows, whose digest is the version of the workers.
      if (name === basename(server())) expect(maps.length).toBeGreaterThan(0);
    }
  });

  it('refuses what no commit has, and names it, and what was not tested on every Node', async () => {
    const clone = await cleanClone('refused');
    await writeFile(join(clone, 'core/leftover.ts'), '');
    const refusal = async () => {
      const { code, stderr } = await execute(process.execPath, [join(clone, 'scripts/release.mjs')]).catch(
        (error) => error,
      );
      return [code, stderr];
    };
    expect(await refusal()).toEqual([1, expect.stringMatching(/core\/leftover\.ts.*--dirty/)]);
    await rm(join(clone, 'core/leftover.ts'));
    expect(await refusal()).toEqual([1, expect.stringMatching(/test:nodes has not passed.*--untested/)]);
    expect(await readdir(clone)).not.toContain('release');
  });

  it('npm pack makes the same packages in another clone, where nothing is built, and leaves nothing that git would see', async () => {
    const clone = await cleanClone('unbuilt');
    // As `npm ci` leaves them, without fetching them again: hard links, but none of what says that something is built.
    await execute('cp', ['-al', join(packageRoot, 'node_modules'), 'node_modules'], { cwd: clone });
    await rm(join(clone, 'node_modules/.everhook'), { recursive: true, force: true });
    for (const name of ['cli', 'client-sdk', 'client-react', 'dashboard']) {
      const packages = join(packageRoot, name, 'node_modules');
      if (existsSync(packages)) await execute('cp', ['-al', packages, join(clone, name, 'node_modules')]);
    }
    const packed = ['everhook', 'everhook-react', 'everhook-sdk', 'everhook-server'].map(
      (name) => `${name}-${version}.tgz`,
    );
    const names = ['everhook', '@everhook/react', '@everhook/sdk', '@everhook/server'];
    for (const [index, name] of names.entries()) {
      const { stdout } = await execute('npm', ['pack', '-w', name], { cwd: clone, maxBuffer });
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(packed[index]);
    }
    for (const file of packed) {
      expect((await readFile(join(clone, file))).equals(await readFile(join(first, file))), file).toBe(true);
    }
    expect((await execute('git', ['status', '--porcelain'], { cwd: clone })).stdout).toBe('');
  }, 400_000);

  it('signs the digests with the given key, and a changed digest is found', async () => {
    const [sums, signature] = await Promise.all([
      readFile(join(first, 'SHA256SUMS')),
      readFile(join(first, 'SHA256SUMS.sig')),
    ]);
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(verify(null, sums, key, signature)).toBe(true);
    sums[0] = (sums[0] as number) ^ 1;
    expect(verify(null, sums, key, signature)).toBe(false);
  });

  it('has one version everywhere', async () => {
    const text = (path: string) => readFile(join(packageRoot, path), 'utf8');
    for (const path of ['cli', 'client-sdk', 'client-react', 'dashboard', 'server-package'].map(
      (name) => `${name}/package.json`,
    )) {
      expect(JSON.parse(await text(path)).version).toBe(version);
    }
    expect(await text('deploy/helm/everhook/Chart.yaml')).toContain(`appVersion: ${version}\n`);
    expect(await text('Dockerfile')).toContain(`ARG VERSION=${version}\n`);
    expect(await text('compose.yaml')).toContain(`everhook:${version}}`);
    expect(await text('CHANGELOG.md')).toMatch(new RegExp(`^## \\[${version}\\] `, 'm'));
  });
});

describe('the packages, in an empty folder', () => {
  let child: ChildProcess | null = null;
  let receiver: Receiver;
  let empty: string;
  beforeAll(async () => {
    receiver = await new Receiver().listen();
    empty = join(folder, 'empty');
    await execute('npm', ['install', '--prefix', empty, '--no-audit', '--no-fund', sdk()], { maxBuffer });
    await cp(server(), join(empty, `everhook-server-${version}.tgz`));
  });
  afterAll(async () => {
    if (child !== null && child.exitCode === null) {
      // The product has its output open for as long as it runs; npx ends before it.
      const ended = new Promise((resolve) => child?.once('close', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await receiver?.close();
  });

  it('npx with the tarball runs the product without a compile, and @everhook/sdk publishes to it', async () => {
    // What npx installs lies in the cache: in one of the test's own, that has what was fetched before.
    const [fetched, cache] = [(await execute('npm', ['config', 'get', 'cache'])).stdout.trim(), join(folder, 'cache')];
    await mkdir(cache);
    await symlink(join(fetched, '_cacache'), join(cache, '_cacache'));
    const key = 'operator-key-of-the-release-test';
    const settings = {
      ...{ PORT: '0', EVERHOOK_OPERATOR_KEY: key, EVERHOOK_ALLOW_HTTP: 'true' },
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    };
    child = spawn('npx', ['--yes', `./everhook-server-${version}.tgz`, 'start'], {
      cwd: empty,
      env: { ...userShell(), npm_config_cache: cache, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    const ended = new Promise<void>((resolve) => child?.once('close', () => resolve()));
    await Promise.race([expect.poll(() => output, { timeout: 240_000 }).toContain('Ctrl-C ends it'), ended]);
    const url = /GraphQL +(\S+)\/graphql/.exec(output)?.[1];
    expect(url, output).toBeDefined();

    const call = (query: string, variables: object) => graphqlCall(String(url), key, query, variables);
    const { createOrganization } = await call(
      'mutation { createOrganization(input: { name: "Harbour" }) { organization { id } } }',
      {},
    );
    const organizationId = createOrganization?.organization?.id;
    const { createProject } = await call(
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId, name: 'Berths', profile: 'STANDARD' } },
    );
    const projectId = createProject?.project?.id;
    await call('mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }', {
      input: { projectId, name: 'crane.moved', schema: { type: 'object' } },
    });
    await call('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      input: { organizationId, projectId, name: 'Board', url: receiver.url },
    });
    const program = `import { Everhook } from '@everhook/sdk';
      const everhook = new Everhook({ url: '${url}', apiKey: '${key}' });
      await everhook.project('${projectId}').events.publish({ type: 'crane.moved', data: { n: 1 } });
      await everhook.close();`;
    await writeFile(join(empty, 'publish.mjs'), program);
    await execute(process.execPath, [join(empty, 'publish.mjs')], { cwd: empty });
    const [received] = await receiver.count(1);
    expect(JSON.parse(received?.body ?? '').data).toEqual({ n: 1 });
  });
});
