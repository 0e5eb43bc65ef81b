import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CliTenant, cliTenant, runCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

let product: Product;
let tenant: CliTenant;
let folder: string;
beforeAll(async () => {
  product = await sharedProduct();
  folder = await mkdtemp(join(tmpdir(), 'everhook apply '));
});
beforeEach(async () => {
  tenant = await cliTenant(product);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await product?.close();
});

// The texts are those of a file, in which references are written so.
const secretReference = '$' + '{env:BOOKS_SECRET}';
const secret = 'whsec_c2VjcmV0IG9mIHRoZSBib29rcywgMzIgYnl0ZXM=';

const configuration = `
eventTypes:
  - name: harbour.opened
    schema: { type: object }
projects:
  - externalId: shop
    name: Shop
    theme:
      title: Shop hooks
    eventTypes:
      - name: order.paid
        description: Money came
        schema:
          type: object
          required: [number]
          properties: { number: { type: integer } }
        example: { number: 7 }
    webhooks:
      - externalId: books
        name: Book-keeping
        url: http://127.0.0.1:9/books
        eventTypes: [order.paid]
        timeout: PT5S
        secret: ${secretReference}
`;

/** Runs a command in the organization, with the file as everhook.yaml. */
async function run(text: string, ...args: string[]) {
  await writeFile(join(folder, 'everhook.yaml'), text);
  const env = { EVERHOOK_URL: product.url, EVERHOOK_KEY: tenant.key, BOOKS_SECRET: secret };
  return runCli([...args, '--organization', tenant.organizationId], { env, cwd: folder });
}
interface Planned {
  readonly steps: readonly { verb: string; kind: string; name: string; differences: { member: string }[] }[];
  readonly unmanaged: readonly { kind: string; name: string }[];
  readonly notCompared: readonly { kind: string; name: string; members: readonly string[] }[];
  readonly done: readonly { name: string }[];
  readonly left: readonly { name: string }[];
}
const planned = async (text: string, ...args: string[]): Promise<Planned> => {
  const { stdout, stderr } = await run(text, ...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Planned;
};
const names = ({ steps }: Planned) => steps.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`);

describe('everhook apply', () => {
  it('does exactly what plan says, in the order of dependencies; doing it again changes nothing', async () => {
    const steps = [
      'create project shop',
      'create event type harbour.opened',
      'create event type shop/order.paid',
      'create webhook shop/books',
      'create theme shop',
    ];
    expect(names(await planned(configuration, 'plan'))).toEqual(steps);
    const applied = await planned(configuration, 'apply');
    expect(names(applied)).toEqual(steps);
    expect(applied.done).toHaveLength(steps.length);
    expect(names(await planned(configuration, 'plan'))).toEqual([]);
    expect(await run(configuration, 'apply')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing else differs.'),
    });
    expect((await run(configuration, 'plan', '--check')).code).toBe(0);
  });

  it('takes secrets from the environment, and neither shows them nor takes them from the file', async () => {
    const { stdout, stderr } = await run(configuration, 'apply');
    expect(stdout + stderr).not.toContain(secret);
    const revealed = await product.call<{ revealWebhookSecret: { secrets: { secret: string }[] } }>(
      'mutation ($input: RevealWebhookSecretInput!) { revealWebhookSecret(input: $input) { secrets { secret } } }',
      { input: { webhookId: 'books' } },
      tenant.key,
    );
    expect(revealed.revealWebhookSecret.secrets[0]?.secret).toBe(secret);

    const written = await run(configuration.replace(secretReference, secret), 'plan');
    expect(written.code).toBe(1);
    expect(written.stderr).toMatch(/everhook\.yaml:24: projects\[0\]\.webhooks\[0\]\.secret: Secrets do not belong/);
    expect(written.stderr).not.toContain(secret);
  });

  it('says what it cannot compare: secrets and the values of headers, which the product never shows', async () => {
    const authorization = `headers: [{ name: authorization, value: '${secretReference}' }]\n`;
    const text = `${configuration}        ${authorization}`;
    await run(text, 'apply');
    const { stdout, code } = await run(text, 'plan', '--check');
    expect(stdout).toContain('never shows it: webhook shop/books: secret, headers.authorization');
    expect(stdout).toContain('Nothing else differs.');
    expect(code).toBe(0);
    expect(await planned(text, 'plan')).toMatchObject({
      steps: [],
      notCompared: [{ kind: 'webhook', name: 'shop/books', members: ['secret', 'headers.authorization'] }],
    });
  });

  it('sends the values of headers again each time: only what differs is written', async () => {
    const file = (value: string) => `${configuration}        headers: [{ name: x-shop, value: '${value}' }]\n`;
    await writeFile(join(folder, 'one'), 'first value');
    await run(file('$' + '{file:one}'), 'apply');
    expect((await planned(file('$' + '{file:one}'), 'apply')).done).toEqual([]);
    await writeFile(join(folder, 'one'), 'second value');
    const changed = await run(file('$' + '{file:one}'), 'apply');
    expect(changed.stdout).toContain('done: ~ update webhook shop/books (what the product never shows)');
    expect((await planned(file('$' + '{file:one}'), 'apply')).done).toEqual([]);
  });

  it('makes the organization that a file has, by the operator’s key, and renames it', async () => {
    const externalId = `acme-${tenant.organizationId}`;
    const file = (name: string) =>
      `organization: { externalId: ${externalId}, name: ${name} }\nprojects: [{ externalId: shop-${externalId}, name: Shop }]\n`;
    const operator = async (text: string) => {
      await writeFile(join(folder, 'organization.yaml'), text);
      const env = { EVERHOOK_URL: product.url, EVERHOOK_KEY: product.operatorKey };
      return runCli(['apply', '-f', 'organization.yaml'], { env, cwd: folder });
    };
    const made = await operator(file('Acme'));
    expect(made.stdout).toContain(`done: + create organization ${externalId}`);
    expect(made.stdout).toContain(`done: + create project shop-${externalId}`);
    expect(await operator(file('Acme'))).toMatchObject({ code: 0, stdout: 'Nothing differs.\n' });
    expect((await operator(file('Acme-2'))).stdout).toContain('name: "Acme" → "Acme-2"');
    expect((await operator(`organization: { externalId: ${externalId} }`)).stderr).toContain(
      'organization.yaml:1: organization.name: This must be given',
    );
    expect((await operator('organization: nobody')).code).toBe(4);

    const env = { EVERHOOK_URL: product.url, EVERHOOK_KEY: product.operatorKey };
    const exported = await runCli(['export', '--organization', externalId, '--json'], { env });
    expect(JSON.parse(exported.stdout).organization).toEqual({ externalId, name: 'Acme-2' });
    expect(await operator(exported.stdout)).toMatchObject({ code: 0, stdout: 'Nothing differs.\n' });
  });

  it('refuses numbers whose text would change on the way', async () => {
    const { code, stderr } = await run(
      configuration
        .replace('{ number: 7 }', '{ number: 7, price: 1.10, list: [1, 1e3] }')
        .replace('{ type: integer }', '{ type: integer, multipleOf: 1.0, maximum: 12345678901234567891 }'),
      'plan',
    );
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'error: everhook.yaml:17: projects[0].eventTypes[0].example.price: 1.10 would become 1.1. Write the number so, or as text: "1.10".',
      'everhook.yaml:17: projects[0].eventTypes[0].example.list[1]: 1e3 would become 1000. Write the number so, or as text: "1e3".',
      expect.stringMatching(
        /^everhook.yaml:16: projects\[0\].eventTypes\[0\].schema.properties.number.maximum: 12345678901234567891 would become 12345678901234567000, because/,
      ),
    ]);
  });

  it('shows what drifted, from and to, and mends it', async () => {
    await run(configuration, 'apply');
    await product.call(
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      { input: { id: 'books', name: 'Changed by hand' } },
      tenant.key,
    );
    const shown = await run(configuration, 'plan', '--check');
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain('~ update webhook shop/books');
    expect(shown.stdout).toContain('name: "Changed by hand" → "Book-keeping"');
    expect((await run(configuration, 'apply')).code).toBe(0);
    expect((await run(configuration, 'plan', '--check')).code).toBe(0);
  });

  it('takes away only with --prune, and only when told --yes where nobody can be asked', async () => {
    await run(configuration, 'apply');
    const less = configuration.slice(0, configuration.indexOf('    webhooks:'));
    const without = await planned(less, 'plan');
    expect(without.steps).toEqual([]);
    expect(without.unmanaged).toEqual([{ kind: 'webhook', name: 'shop/books' }]);
    expect((await run(less, 'apply', '--prune')).code).toBe(2);
    const pruned = await planned(less, 'apply', '--prune', '--yes');
    expect(names(pruned)).toEqual(['delete webhook shop/books']);
    expect(names(await planned(less, 'plan', '--prune'))).toEqual([]);
  });

  it('names every fault by file, line and path before it does anything', async () => {
    const wrong = `
projects:
  - externalId: shop
    name: Shop
    colour: red
    webhooks:
      - externalId: books
        url: http://127.0.0.1:9/books
`;
    const { code, stderr } = await run(wrong, 'apply');
    expect(code).toBe(1);
    expect(stderr).toMatch(/everhook\.yaml:5: projects\[0\]\.colour: There is no member/);
    expect(stderr).toMatch(/everhook\.yaml:7: projects\[0\]\.webhooks\[0\]\.name: This must be given/);
    const broken = await run('projects: [\n  a: b: c', 'plan');
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/everhook\.yaml:\d+: /) });
    const unset = await run(configuration.replace('BOOKS_SECRET', 'NOT_SET'), 'plan');
    expect(unset.stderr).toContain('The environment variable NOT_SET is not set.');
  });

  it('says what was done when a step fails, names the place of the fault, and can be repeated', async () => {
    const wrong = configuration.replace('http://127.0.0.1:9/books', 'ftp://127.0.0.1/books');
    const { code, stdout, stderr } = await run(wrong, 'apply');
    expect(code).toBe(1);
    expect(stdout).toContain('done: + create event type shop/order.paid');
    expect(stderr).toContain('3 done, 1 failed (+ create webhook shop/books), 1 not tried');
    expect(stderr).toMatch(/everhook\.yaml:\d+: projects\[0\]\.webhooks\[0\]\.url: /);
    expect(names(await planned(configuration, 'apply'))).toEqual(['create webhook shop/books', 'create theme shop']);
  });
});

describe('everhook export', () => {
  it('writes what apply makes of the file again, without secrets', async () => {
    await run(configuration, 'apply');
    const { code, stdout } = await run(configuration, 'export');
    expect(code).toBe(0);
    expect(stdout).not.toContain(secret);
    const exported = parse(stdout) as { projects: { webhooks: object[]; eventTypes: object[] }[] };
    expect(exported.projects[0]?.webhooks).toEqual([
      expect.objectContaining({ externalId: 'books', url: 'http://127.0.0.1:9/books', eventTypes: ['order.paid'] }),
    ]);
    expect(names(await planned(stdout, 'plan'))).toEqual([]);
  });
});
