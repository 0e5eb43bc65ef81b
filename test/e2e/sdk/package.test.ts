import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { expectToOutlive } from '../../support/brokenOff.ts';

const run = promisify(execFile);
const bin = (name: string) => join(packageRoot, 'node_modules', '.bin', name);

let folder: string;
let built: string;
let project: string;
let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook-sdk-'));
  project = join(folder, 'empty-project');
  await mkdir(project);
  // Apart from client-sdk/dist, which other tests run from at the same time.
  built = join(folder, 'client-sdk');
  await run(bin('tsc'), ['-p', join(packageRoot, 'client-sdk'), '--outDir', join(built, 'dist')]);
  for (const name of ['README.md', 'LICENSE', '.attw.json']) {
    await copyFile(join(packageRoot, 'client-sdk', name), join(built, name));
  }
  // It is built: what packs it below must not build it again.
  const { scripts: _, ...manifest } = JSON.parse(await readFile(join(packageRoot, 'client-sdk/package.json'), 'utf8'));
  await writeFile(join(built, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: built });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) as string;
  await writeFile(join(project, 'package.json'), '{ "name": "empty-project", "private": true, "type": "module" }');
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...quietly, join(folder, tarball)], { cwd: project });
  api = await TestApi.start();
  tenant = await api.tenant();
});
afterAll(async () => {
  await api?.close();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({
  ...process.env,
  EVERHOOK_URL: api.url,
  EVERHOOK_KEY: tenant.key,
  EVERHOOK_PROJECT: tenant.projectId,
});

/** Type-checks and compiles the project's `.ts` files as an application of its own would. */
async function compile(types: readonly string[]): Promise<void> {
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module: 'NodeNext',
    target: 'ES2022',
    lib: ['ES2022'],
    types,
    typeRoots: [join(packageRoot, 'node_modules', '@types')],
    outDir: 'out',
    rootDir: '.',
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(bin('tsc'), ['-p', 'tsconfig.json'], { cwd: project }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}

describe('the packed SDK in an empty project', () => {
  it('holds what was compiled, the licence and the manual, and nothing else', async () => {
    const installed = join(project, 'node_modules', '@everhook', 'sdk');
    expect((await readdir(installed)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const files = await readdir(join(installed, 'dist'), { recursive: true });
    expect(files.filter((name) => /\./.test(name) && !/\.(js|d\.ts)$/.test(name))).toEqual([]);
  });

  it('verifies without any import but its own files', async () => {
    const dist = join(project, 'node_modules', '@everhook', 'sdk', 'dist', 'verify');
    for (const name of await readdir(dist)) {
      const imports = [...(await readFile(join(dist, name), 'utf8')).matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)/g)];
      // Types may come from the generated catalogues; what runs stays in this folder, but for the reader of JSON.
      const own = name.endsWith('.d.ts') ? /^\.{1,2}\/[a-zA-Z/]+\.ts$/ : /^(\.\/[a-zA-Z]+|\.\.\/json\/parseJson)\.js$/;
      for (const [, specifier] of imports) expect(specifier, name).toMatch(own);
    }
  });

  it('has types that need nothing but the language where only verification is used', async () => {
    await writeFile(
      join(project, 'verifying.ts'),
      `import { standard, VerificationError, type StandardEvent } from '@everhook/sdk/verify';
      export const event: Promise<StandardEvent> = standard({ headers: { 'webhook-id': ['1'] }, body: '' }, ['a', 'b']);
      export const reason = (error: VerificationError): string => error.reason;
      // @ts-expect-error A parsed body is no raw body.
      export const wrong = standard({ headers: {}, body: {} }, 'secret');`,
    );
    await compile([]);
    await rm(join(project, 'verifying.ts'));
  });

  it('runs every example of its manual, with checked types, against the real API', async () => {
    const manual = await readFile(join(project, 'node_modules', '@everhook', 'sdk', 'README.md'), 'utf8');
    const examples = [...manual.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code as string);
    expect(examples).toHaveLength(9);
    for (const [n, code] of examples.entries()) await writeFile(join(project, `example${n}.ts`), code);
    await compile(['node']);

    const [verifying, serving, publishing, managing, lookingAfter, deciding, watching, following, failing] =
      examples.map((_, n) => `out/example${n}.js`);
    const node = (...args: string[]) => run(process.execPath, args, { cwd: project, env: environment() });
    // What needs generated types, or a page, is tried elsewhere: test/unit/sdk/catalogue, test/e2e/portal.
    // These three export what they show, and end when they are imported.
    await node(verifying as string);
    await node(serving as string);
    await writeFile(
      join(project, 'serve.mjs'),
      `import { server } from './${serving}';
      server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
    );
    const receiver = execFile(process.execPath, ['serve.mjs'], {
      cwd: project,
      env: { ...environment(), WEBHOOK_SECRET: 'a-secret' },
    });
    try {
      const port = await new Promise((resolve) =>
        receiver.stdout?.once('data', (text) => resolve(String(text).trim())),
      );
      await expectToOutlive(`http://127.0.0.1:${port}/`);
    } finally {
      receiver.kill();
    }
    await node(following as string);
    expect((await node(managing as string)).stdout).toContain('Book-keeping HEALTHY');
    expect((await node(publishing as string)).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    // Its archive's webhook was not there yet for the three events that were published before: the recovery has begun with them.
    expect((await node(lookingAfter as string)).stdout).toMatch(/^[A-Z]+ [0-3] of 3$/m);
    expect((await node(deciding as string)).stdout).toContain('MEMBER_ADDED');
    expect((await node(watching as string)).stdout).toContain('invoice.paid');
    expect((await node(failing as string)).stdout).toBe('input.url\n');
  });

  it('leaves nothing behind that keeps a process alive, however a watch or a list ends', async () => {
    await writeFile(
      join(project, 'ends.mjs'),
      `import { Everhook } from '@everhook/sdk';
      const { EVERHOOK_URL: url, EVERHOOK_KEY: apiKey, EVERHOOK_PROJECT: projectId } = process.env;
      const everhook = new Everhook({ url, apiKey });
      const watch = (options) => everhook.deliveries.watch({ projectId }, options);
      const returned = watch();
      await returned.ready;
      await returned.return();
      await watch().return();
      await watch().throw(new Error('no more')).catch(() => {});
      const ending = new AbortController();
      const aborted = watch({ signal: ending.signal });
      const reading = aborted.next();
      await aborted.ready;
      ending.abort();
      await reading;
      const { webhook } = await everhook.webhooks.create({ projectId, name: 'w', url: 'http://127.0.0.1:9/' });
      for (let times = 0; times < 10; times++) {
        const { id } = await everhook.recoveries.start({ webhookId: webhook.id, since: new Date() });
        for await (const { state } of everhook.recoveries.watch(id)) {
          if (state === 'RUNNING') await everhook.recoveries.cancel(id);
        }
      }
      // A list that is left in the middle of its page, and while its page is waited for.
      for await (const listed of everhook.webhooks.list({ projectId })) if (listed.id) break;
      const pages = everhook.webhooks.list({ projectId })[Symbol.asyncIterator]();
      const item = pages.next();
      await pages.return();
      await item;
      // One that is refused, with nobody who reads its error.
      new Everhook({ url, apiKey: 'unknown' }).deliveries.watch({ projectId });
      // Two that are open, or being opened, when the client is closed.
      const open = watch();
      await open.ready;
      const opening = watch().toArray();
      await everhook.close();
      console.log((await opening).length, (await open.next()).done);
      // Without a close: the last change of a few ends what is behind them.
      const other = new Everhook({ url, apiKey });
      const changes = other.deliveries.watch({ projectId });
      await changes.ready;
      await other.webhooks.sendTest(webhook.id);
      console.log((await changes.take(1).toArray()).length, 'over');`,
    );
    const { stdout } = await run(process.execPath, ['ends.mjs'], { cwd: project, env: environment(), timeout: 60_000 });
    expect(stdout).toBe('0 true\n1 over\n');
  });

  it('passes the checks of published packages', async () => {
    const { stdout } = await run(bin('publint'), ['--strict'], { cwd: built });
    expect(stdout).toContain('All good');
    await run(bin('attw'), ['--pack', '.'], { cwd: built });
  });
});
