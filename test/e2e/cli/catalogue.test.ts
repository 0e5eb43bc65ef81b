import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { type CliTenant, cliTenant, runCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

let product: Product;
let tenant: CliTenant;
let folder: string;
beforeAll(async () => {
  product = await sharedProduct();
  tenant = await cliTenant(product);
  folder = await mkdtemp(join(tmpdir(), 'everhook catalogue '));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await product?.close();
});

const run = (...args: string[]) => runCli(args, { env: tenant.env, cwd: folder });
const write = (name: string, text: string) => writeFile(join(folder, name), text);
const importedAs = async (...args: string[]) => {
  const { stdout } = await run('import', ...args, '--json');
  const { types } = JSON.parse(stdout) as { types: { name: string; change: string }[] };
  return types.map(({ name, change }) => `${change} ${name}`);
};

describe('everhook generate', () => {
  it('writes the types of the running product as TypeScript, and --check finds a file that is not up to date', async () => {
    expect(await run('generate', '--out', 'events.ts')).toMatchObject({ code: 0, stdout: '' });
    const text = await readFile(join(folder, 'events.ts'), 'utf8');
    expect(text).toContain('export interface Events {');
    expect(text).toMatch(/'order\.paid': \w+;/);
    expect((await run('generate')).stdout).toBe(text);
    expect((await run('generate', '--out', 'events.ts', '--check')).code).toBe(0);
    await product.call(
      'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }',
      {
        input: { projectId: tenant.projectId, name: 'order.lost', schema: {} },
      },
    );
    // A check that compares nothing would pass for ever.
    expect(await run('generate', '--check')).toMatchObject({ code: 2, stdout: '' });
    const old = await run('generate', '--out', 'events.ts', '--check');
    expect(old).toMatchObject({ code: 1, stderr: expect.stringContaining('everhook generate --out events.ts') });
  });

  it('writes them from files without a service', async () => {
    await mkdir(join(folder, 'schemas'));
    await write(
      'schemas/parcel.sent.json',
      '{ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } }',
    );
    const { code, stdout } = await runCli(['generate', '--from', 'schemas'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/'parcel\.sent': \w+;/);
    // A misspelt member compiles only where other members may be there.
    expect(stdout).toContain('[key: string]: unknown');
    const closed = await runCli(['generate', '--from', 'schemas', '--unnamed-members', 'refused'], { cwd: folder });
    expect(closed.stdout).toMatch(/'parcel\.sent': \w+;/);
    expect(closed.stdout).not.toContain('[key: string]: unknown');
  });
});

describe('everhook import', () => {
  const openApi = (type: string) => `
openapi: 3.1.0
info: { title: Shop, version: '1' }
webhooks:
  invoice.sent:
    post:
      requestBody:
        content:
          application/json:
            schema: { type: object, required: [total], properties: { total: { type: ${type} } } }
      responses: { '200': { description: Taken } }
`;

  it('shows a plan, changes nothing with --dry-run, then takes an OpenAPI document; again, nothing differs', async () => {
    await write('openapi.yaml', openApi('integer'));
    expect(await importedAs('openapi.yaml', '--dry-run')).toEqual(['ADDED invoice.sent']);
    expect(await importedAs('openapi.yaml')).toEqual(['ADDED invoice.sent']);
    expect((await run('import', 'openapi.yaml')).stdout).toContain('Nothing differs.');
  });

  it('keeps the text of numbers in examples, out of every kind of file, and back out of an export', async () => {
    const example = '{"total":1.10,"list":[1e3,-0.0]}';
    await write(
      'numbers.yaml',
      `openapi: 3.1.0
info: { title: Shop, version: '1' }
webhooks:
  numbers.open:
    post:
      requestBody: { content: { application/json: { schema: { type: object }, example: ${example} } } }
      responses: { '200': { description: Taken } }
`,
    );
    await write(
      'numbers-async.yaml',
      `asyncapi: 3.0.0
info: { title: Shop, version: '1' }
channels:
  shop:
    address: shop
    messages: { numbers.async: { payload: { type: object }, examples: [{ payload: ${example} }] } }
`,
    );
    await mkdir(join(folder, 'numbers'));
    await write('numbers/numbers.folder.json', `{ "type": "object", "examples": [${example}] }`);
    for (const source of ['numbers.yaml', 'numbers-async.yaml', 'numbers']) {
      expect(await run('import', source)).toMatchObject({ code: 0 });
      expect((await run('import', source)).stdout).toContain('Nothing differs.');
    }
    for (const format of ['openapi', 'asyncapi']) {
      const { stdout } = await run('export', '--format', format);
      for (const name of ['open', 'async', 'folder']) expect(stdout).toContain(`numbers.${name}`);
      expect(stdout.split('"total": 1.10')).toHaveLength(4);
    }
    await write(
      'big.yaml',
      (await readFile(join(folder, 'numbers.yaml'), 'utf8')).replace('1.10', '12345678901234567890'),
    );
    const refused = await run('import', 'big.yaml');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('numbers.open: example.total: 12345678901234567890 is an integer beyond ±2^53');
  });

  it('says whom a change breaks at which path, and asks for --yes where nobody can be asked', async () => {
    await write('changed.yaml', openApi('string'));
    const plan = await run('import', 'changed.yaml', '--dry-run');
    expect(plan.stdout).toContain('~ changed  invoice.sent');
    expect(plan.stdout).toMatch(/breaks .*total/);
    expect((await run('import', 'changed.yaml')).code).toBe(2);
    expect(await importedAs('changed.yaml', '--yes')).toEqual(['CHANGED invoice.sent']);
  });

  it('takes a folder of JSON Schemas and a module of Zod schemas', async () => {
    expect(await importedAs('schemas')).toEqual(['ADDED parcel.sent']);
    await symlink(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
    await write(
      'events.mjs',
      `import { z } from 'zod'; export const events = { 'parcel.lost': z.object({ n: z.int() }) };`,
    );
    expect(await importedAs('events.mjs')).toEqual(['ADDED parcel.lost']);
  });

  it('names the place of what cannot be taken, and takes nothing half', async () => {
    const channels = `
channels:
  shop:
    address: shop
    messages:
      good.one: { payload: { type: object } }
      bad.one: { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {} } }
`;
    await write('async.yaml', `asyncapi: 3.0.0\ninfo: { title: Shop, version: '1' }${channels}`);
    const { code, stderr } = await run('import', 'async.yaml', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('async.yaml#/channels/shop/messages/bad.one');
    expect((await run('trigger', 'good.one')).code).toBe(4);
    await write('neither.yaml', 'a: 1');
    expect((await run('import', 'neither.yaml')).code).toBe(2);
  });
});

describe('everhook export --format', () => {
  it.each([
    ['openapi', 'openapi', '3.1'],
    ['asyncapi', 'asyncapi', '3.'],
  ])(
    'writes the project’s catalogue as %s, which import takes back without a difference',
    async (format, member, version) => {
      expect((await run('export', '--format', format, '--out', `${format}.json`)).code).toBe(0);
      const document = JSON.parse(await readFile(join(folder, `${format}.json`), 'utf8'));
      expect(document[member]).toMatch(new RegExp(`^${version}`));
      expect(JSON.stringify(document)).toContain('order.paid');
      const changes = (await importedAs(`${format}.json`, '--dry-run')).map((line) => line.split(' ')[0]);
      expect(new Set(changes)).toEqual(new Set(['UNCHANGED']));
    },
  );
});
