import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CliTenant, cliTenant, runCli, startCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

let product: Product;
let tenant: CliTenant;
let folder: string;
beforeAll(async () => {
  product = await sharedProduct();
  tenant = await cliTenant(product);
  folder = await mkdtemp(join(tmpdir(), 'everhook bad ïnput '));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await product?.close();
});

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runCli(args, { env: { ...tenant.env, ...env }, cwd: folder });

describe('what is not understood ends with 2 and what to do', () => {
  it.each<[args: string[], said: RegExp]>([
    [['listen', '--to', 'ftp://localhost/x'], /Requests go by http or https/],
    [['listen', '--to', ':3000', '--profile', 'nope'], /Give one of STANDARD, PLANE/],
    [['export', '--out', 'no folder/all.yaml'], /no folder\/all\.yaml cannot be written: .*\(--out\)/],
    [['generate', '--out', 'no folder/all.ts'], /no folder\/all\.ts cannot be written: .*\(--out\)/],
    [['generate', '--check'], /--out/],
  ])('everhook %j', async (args, said) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
  });
});

describe('a credential that is none', () => {
  it.each(['ehk_a\nb', 'ehk_ü', 'two words'])(
    'ends with 3, and names where it comes from: %j',
    async (EVERHOOK_KEY) => {
      for (const command of ['whoami', 'doctor', 'events']) {
        const { code, stderr } = await run([command], { EVERHOOK_KEY });
        expect([command, code]).toEqual([command, 3]);
        expect(stderr).toMatch(/copy it again\. \(EVERHOOK_KEY\)/);
      }
    },
  );

  it('and a permission that is missing are told the same by every command, with what to do', async () => {
    const { createApiKey } = await product.call<{ createApiKey: { key: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { organizationId: tenant.organizationId, name: 'Reader', role: 'VIEWER' } },
    );
    for (const args of [
      ['trigger', 'order.paid'],
      ['listen', '--to', ':3000'],
    ]) {
      const forbidden = await run(args, { EVERHOOK_KEY: createApiKey.key });
      expect(forbidden).toMatchObject({ code: 3, stderr: expect.stringContaining('Ask an owner for a key') });
    }
    for (const args of [['export', '--format', 'openapi'], ['events']]) {
      const wrong = await run([...args, '--json'], { EVERHOOK_KEY: 'ehk_wrong' });
      expect(wrong.code).toBe(3);
      expect(JSON.parse(wrong.stderr).error).toMatchObject({
        code: 'UNAUTHENTICATED',
        advice: expect.stringContaining('everhook login'),
      });
    }
    const none = await run(['events', '--json'], { EVERHOOK_KEY: '' });
    expect(JSON.parse(none.stderr).error).toMatchObject({ code: 'UNAUTHENTICATED', exitCode: 3 });
  });
});

it('doctor says that a project is wrong, and not the key', async () => {
  const { code, stdout } = await run(['doctor', '--project', 'nope']);
  expect(code).toBe(4);
  expect(stdout).toMatch(/wrong {2}project .*\n.*Look at --project/);
});

describe('what could control a terminal is shown as an escape', () => {
  const evil = '\u009b31mred\u202eder\u2066\u2028';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

  it('in JSON and YAML, which mean the same', async () => {
    const description = `Money ${evil}\nin\ttwo lines`;
    const type = { name: 'evil.came', description, schema: { type: 'object' }, example: { text: evil } };
    await writeFile(join(folder, 'evil.yaml'), JSON.stringify({ project: tenant.projectId, eventTypes: [type] }));
    const applied = await run(['apply', '-f', 'evil.yaml']);
    expect(applied.code).toBe(0);
    const said = [applied.stdout];
    const read = async (args: readonly string[]) => {
      const { stdout, stderr } = await run(args);
      said.push(stdout, stderr);
      return stdout;
    };
    const ofType = ({ eventTypes }: { eventTypes: { name: string }[] }) =>
      eventTypes.find(({ name }) => name === 'evil.came');
    expect(ofType(parse(await read(['export'])))).toEqual(type);
    expect(ofType(JSON.parse(await read(['export', '--json'])))).toEqual(type);
    expect(await read(['export', '--format', 'openapi'])).toContain('\\u009b31mred');
    await read(['generate']);
    const event = JSON.parse(await read(['trigger', 'evil.came', '--json'])) as { id: string };
    expect(JSON.parse(await read(['show', event.id, '--json'])).event.data).toEqual({ text: evil });
    await read(['show', event.id]);
    for (const text of said) expect(text).not.toMatch(controls);
  });

  it('in the words of a service, of REST and of GraphQL, and of what lies between', async () => {
    const words = `refused ${evil}\u001b[2J`;
    const service = await new Receiver(({ path }) => {
      const [status, body] =
        path === '/readyz'
          ? [200, { status: 'ok', postgresql: words, [evil]: 'ok' }]
          : path.startsWith('/v1/')
            ? [422, { detail: words, field: evil }]
            : [200, { errors: [{ message: words, extensions: { code: 'UNAUTHENTICATED' } }] }];
      return { code: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    }).listen();
    for (const args of [['export', '--format', 'openapi'], ['events'], ['doctor'], ['trigger', 'order.paid']]) {
      for (const json of [[], ['--json']]) {
        const { code, stdout, stderr } = await run([...args, ...json], { EVERHOOK_URL: service.url });
        expect(code).not.toBe(0);
        expect(stdout + stderr).toContain('\\u009b31mred');
        expect(stdout + stderr).not.toMatch(controls);
        if (json.length > 0) expect(JSON.stringify(JSON.parse(stdout || stderr))).toContain(evil.slice(0, 4));
      }
    }
    await service.close();
  });

  it('in what a command line says wrongly', async () => {
    const { stderr } = await run(['listen', '--profile', '\u001b[2J']);
    expect(stderr).toContain('\\u001b[2J');
    expect(stderr).not.toMatch(controls);
  });
});

describe('a file that is no configuration', () => {
  it.each<[what: string, text: string, said: RegExp]>([
    ['several documents', 'eventTypes: []\n---\neventTypes: []\n', /bad\.yaml:2: This begins another document/],
    ['no end of brackets', `a: ${'['.repeat(20_000)}`, /bad\.yaml:\d+: .*nested too deeply/],
    [
      'aliases without end',
      `a: &a [${'1,'.repeat(9)}1]\n${['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${`*${'abcd'[index]},`.repeat(9)}1]`).join('\n')}\n`,
      /aliases .* grow without end/,
    ],
    ['a schema of null', 'eventTypes: [{ name: a.b, schema: null }]\n', /eventTypes\[0\]\.schema: A type needs/],
  ])('has %s: that is said in plain words', async (_what, text, said) => {
    await writeFile(join(folder, 'bad.yaml'), text);
    const { code, stderr } = await run(['plan', '-f', 'bad.yaml']);
    expect(code).toBe(1);
    expect(stderr).toMatch(said);
    expect(stderr.split('\n').length).toBeLessThan(60);
  });
});

it('a full disk is said in one line', async () => {
  const full = await open('/dev/full', 'w');
  try {
    const { code, stderr } = await runCli(['export'], { env: tenant.env, stdout: full.fd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: The output cannot be written: .*ENOSPC.*\n$/);
  } finally {
    await full.close();
  }
});

it('listen listens where no file can remember its secret, says so, and leaves nothing behind', async () => {
  await writeFile(join(folder, 'a file'), '');
  const listening = startCli(['listen', '--to', ':1'], { env: { ...tenant.env, HOME: join(folder, 'a file') } });
  await listening.line('Ready.');
  listening.kill('SIGINT');
  const { code, stderr } = await listening.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('The secret is another one at the next start');
});
