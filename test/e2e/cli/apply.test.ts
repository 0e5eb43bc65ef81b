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
      stdout: 'Nothing differs.\n',
    });
    expect((await run(configuration, 'plan', '--check')).code).toBe(0);
  });

  it('settles, however the file writes what the product stores in one form', async () => {
    const written = `
projects:
  - externalId: shop
    name: " Shop "
    theme:
      title: " Shop hooks "
      fonts: [" Inter "]
      hidden: [EVENTS, EVENTS]
      light: { accent: "#3552C4", background: "#FFF", surface: "#fff", text: "#000" }
      back: { label: " Back ", url: "https://Shop.Example.COM:443" }
    eventTypes:
      - name: order.paid
        category: " Orders "
        description: ""
        schema: { type: object }
    webhooks:
      - externalId: books
        name: " Book-keeping "
        description: " "
        url: HTTP://127.0.0.1:80/bücher
        eventTypes: [order.paid, order.paid]
`;
    expect(await run(written, 'apply')).toMatchObject({ code: 0 });
    expect((await planned(written, 'plan')).steps).toEqual([]);
    // Lists that are cleared.
    const cleared = written.replace('[" Inter "]', 'null').replace('[EVENTS, EVENTS]', 'null');
    expect(names(await planned(cleared, 'apply'))).toEqual(['update theme shop']);
    expect(await run(cleared, 'plan', '--check')).toMatchObject({ code: 0 });
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

  it('says what it cannot compare: the values of headers, which the product never shows', async () => {
    const authorization = `headers: [{ name: authorization, value: '${secretReference}' }]\n`;
    const text = `${configuration}        ${authorization}`;
    await run(text, 'apply');
    const { stdout, code } = await run(text, 'plan', '--check');
    expect(stdout).toContain('never shows it: webhook shop/books: headers.authorization');
    expect(stdout).toContain('Nothing else differs.');
    expect(code).toBe(0);
    expect(await planned(text, 'plan')).toMatchObject({
      steps: [],
      notCompared: [{ kind: 'webhook', name: 'shop/books', members: ['headers.authorization'] }],
    });
  });

  it('compares secrets, rotates to another one, and neither shows them nor writes an unchanged one', async () => {
    await run(configuration, 'apply');
    const signedSince = async () => {
      const text = '{ webhook(id: "books") { updatedAt retiringSecretUntil } }';
      return (await product.call<{ webhook: object }>(text, {}, tenant.key)).webhook;
    };
    const before = await signedSince();
    expect(await planned(configuration, 'apply')).toMatchObject({ steps: [], done: [], notCompared: [] });
    expect(await signedSince()).toEqual(before);

    const other = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIGJvb2tzLCAzMiBieXRlcw==';
    await writeFile(join(folder, 'rotated'), `${other}\n`);
    const rotated = configuration.replace(secretReference, `'${'$'}{file:rotated}'`);
    const shown = await run(rotated, 'plan', '--check');
    expect(shown).toMatchObject({ code: 1, stdout: expect.stringContaining('~ update webhook shop/books') });
    expect(shown.stdout).toContain('secret: "another one" → "$' + '{file:rotated}"');
    const applied = await run(rotated, 'apply');
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    for (const hidden of [secret, other]) expect(shown.stdout + applied.stdout).not.toContain(hidden);
    expect(await planned(rotated, 'plan')).toMatchObject({ steps: [], notCompared: [] });
    // Receivers have a day to follow.
    expect(await signedSince()).toMatchObject({ retiringSecretUntil: expect.any(String) });

    const again = await run(configuration, 'apply');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/everhook\.yaml:\d+: projects\[0\]\.webhooks\[0\]: The previous secret still signs/);
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

  it('counts what it sends again each time among what it did not try when a step fails', async () => {
    const withHeader = configuration.replace(
      '        timeout: PT5S',
      `        timeout: PT5S
        headers: [{ name: x-books, value: "${secretReference}" }]`,
    );
    expect((await run(withHeader, 'apply')).code).toBe(0);
    const wrong = withHeader.replace('title: Shop hooks', 'radius: 1000');
    expect((await run(wrong, 'apply')).stderr).toContain('0 done, 1 failed (~ update theme shop), 1 not tried');
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

  it('keeps the text of an example’s numbers: there, in the plan, in an export and in what trigger publishes', async () => {
    const written = '{ number: 7, price: 1.10, list: [1, 1e3, -0.0], half: .5, 1.50: one }';
    const text = configuration.replace('{ number: 7 }', written);
    expect((await run(text, 'apply')).stderr).toBe('');
    const example = '{"number":7,"price":1.10,"list":[1,1e3,-0.0],"half":0.5,"1.5":"one"}';
    const listed = await fetch(`${product.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ eventType(id: "order.paid", projectId: "shop") { example } }' }),
    });
    expect(await listed.text()).toContain(`"example":${example}`);
    expect(names(await planned(text, 'plan'))).toEqual([]);

    const drifted = await run(text.replace('1.10', '1.1'), 'plan');
    expect(drifted.stdout).toContain(`example: ${example} → ${example.replace('1.10', '1.1')}`);
    const exported = await run(text, 'export');
    expect(exported.stdout).toContain('price: 1.10\n');
    expect(names(await planned(exported.stdout, 'plan'))).toEqual([]);
    const json = await run(text, 'export', '--json');
    expect(json.stdout).toContain('"price": 1.10,');
    expect(names(await planned(json.stdout, 'plan'))).toEqual([]);

    const env = { EVERHOOK_URL: product.url, EVERHOOK_KEY: tenant.key, EVERHOOK_PROJECT: 'shop' };
    const { stdout } = await runCli(['trigger', 'order.paid', '--json'], { env });
    const { event } = await product.call<{ event: { dataText: string } }>(
      'query ($id: ID!) { event(id: $id) { dataText } }',
      { id: JSON.parse(stdout).id },
      tenant.key,
    );
    expect(event.dataText).toBe(example);
  });

  it('refuses numbers that no reader of JSON keeps, before it does anything', async () => {
    const { code, stderr } = await run(
      configuration
        .replace('{ number: 7 }', '{ number: 7, big: 12345678901234567891, list: [1, 1e400], not: .nan }')
        .replace('{ type: integer }', '{ type: integer, multipleOf: 1.0, maximum: 12345678901234567891 }'),
      'plan',
    );
    expect(code).toBe(1);
    const at = 'everhook.yaml:17: projects[0].eventTypes[0].example';
    expect(stderr.trimEnd().split('\n')).toEqual([
      `error: ${at}.big: 12345678901234567891 is an integer beyond ±2^53, which not every reader of JSON keeps. Write it as text: "12345678901234567891".`,
      `${at}.list[1]: 1e400 is no number that JSON and its readers can hold. Write it as text: "1e400".`,
      `${at}.not: .nan is no number that JSON and its readers can hold. Write it as text: ".nan".`,
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

describe('a webhook that is switched off in the file', () => {
  const off = configuration.replace('        timeout: PT5S', '        active: false\n        timeout: PT5S');
  const actions = async () => {
    const { auditEvents } = await product.call<{ auditEvents: { edges: { node: { action: string } }[] } }>(
      'query ($id: ID!) { auditEvents(organizationId: $id, actions: [WEBHOOK_CREATED, WEBHOOK_UPDATED, WEBHOOK_ACTIVATED, WEBHOOK_DEACTIVATED]) { edges { node { action } } } }',
      { id: tenant.organizationId },
      tenant.key,
    );
    return auditEvents.edges.map(({ node }) => node.action).reverse();
  };

  it('is never on: it is made so, and changed and switched in one step', async () => {
    expect((await run(off, 'apply')).code).toBe(0);
    expect(await run(off, 'plan', '--check')).toMatchObject({ code: 0 });
    expect(await actions()).toEqual(['WEBHOOK_CREATED']);
    const on = off.replace('active: false', 'active: true').replace('/books\n', '/ledgers\n');
    const applied = await planned(on, 'apply');
    expect(applied.steps[0]?.differences.map(({ member }) => member).sort()).toEqual(['active', 'url']);
    expect((await planned(off, 'apply')).done).toHaveLength(1);
    expect(await actions()).toEqual(['WEBHOOK_CREATED', 'WEBHOOK_UPDATED', 'WEBHOOK_UPDATED']);
    expect(await run(off, 'plan', '--check')).toMatchObject({ code: 0 });
  });
});

describe('everhook export', () => {
  /** Exports and applies, with all variables that the file names. */
  const variables = (text: string) => [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name]) => name as string);
  const applyWith = async (text: string, place: string[], env: Record<string, string>) => {
    await writeFile(join(folder, 'exported.yaml'), text);
    const all = { EVERHOOK_URL: product.url, EVERHOOK_KEY: tenant.key, ...env };
    return runCli(['apply', '-f', 'exported.yaml', ...place], { env: all, cwd: folder });
  };

  it('keeps all that an empty organization needs to become the same', async () => {
    const full = `
eventTypes:
  - { name: list.came, schema: { type: array }, example: [] }
projects:
  - externalId: shop
    name: Shop
    eventTypes:
      - name: order.paid
        schema: { type: object }
        example: { price: 1.10 }
        compatibility: FORWARD
    webhooks:
      - { externalId: own, name: Own, url: 'http://127.0.0.1:9/own', retrySchedule: [PT1M, P1D], timeout: PT5S }
      - { externalId: once, name: Once, url: 'http://127.0.0.1:9/once', retrySchedule: [], active: false }
      - { externalId: plain, name: Plain, url: 'http://127.0.0.1:9/plain', sendTraceparent: false }
`;
    expect((await run(full, 'apply')).code).toBe(0);
    const first = (await run(full, 'export')).stdout;
    const exported = parse(first) as { projects: { webhooks: Record<string, unknown>[]; eventTypes: object[] }[] };
    const [shop] = exported.projects;
    expect(shop?.eventTypes).toEqual([expect.objectContaining({ compatibility: 'FORWARD' })]);
    const byId = new Map(shop?.webhooks.map((webhook) => [webhook.externalId, webhook]));
    expect(byId.get('own')).toMatchObject({ retrySchedule: ['PT1M', 'P1D'], timeout: 'PT5S' });
    expect(byId.get('once')).toMatchObject({ retrySchedule: [], active: false });
    expect(Object.keys(byId.get('plain') ?? {})).not.toContain('retrySchedule');
    expect(Object.keys(byId.get('plain') ?? {})).not.toContain('timeout');

    tenant = await cliTenant(product);
    const elsewhere = first.replace(/^organization: .*$/m, `organization: ${tenant.organizationId}`);
    expect(await applyWith(elsewhere, [], {})).toMatchObject({ code: 0 });
    const again = (await run(full, 'export')).stdout;
    const sorted = (text: string) => {
      const { projects, ...others } = parse(text) as typeof exported;
      const webhooks = (list: Record<string, unknown>[]) =>
        [...list].sort((a, b) => String(a.externalId).localeCompare(String(b.externalId)));
      return { ...others, projects: projects.map((each) => ({ ...each, webhooks: webhooks(each.webhooks) })) };
    };
    expect(sorted(again)).toEqual(sorted(elsewhere));
  });

  it('gives the profile’s schedule and timeout back where the file says null', async () => {
    const own = configuration.replace('        timeout: PT5S', '        timeout: PT5S\n        retrySchedule: [PT1M]');
    await run(own, 'apply');
    const none = own.replace('timeout: PT5S', 'timeout: null').replace('retrySchedule: [PT1M]', 'retrySchedule: null');
    const { steps } = await planned(none, 'apply');
    expect(steps[0]?.differences.map(({ member }) => member)).toEqual(['retrySchedule', 'timeout']);
    expect(await run(none, 'plan', '--check')).toMatchObject({ code: 0 });
    const { stdout } = await run(none, 'export');
    expect(stdout).not.toMatch(/retrySchedule|timeout/);
  });

  it('has a variable of its own for each secret, always the same, so that no receiver gets another one’s', async () => {
    const webhook = (externalId: string, header = 'authorization') =>
      `{ externalId: ${externalId}, name: Hook, url: 'http://127.0.0.1:9/', headers: [{ name: ${header}, value: '${secretReference}' }] }`;
    const slack = (path: string) =>
      `{ externalId: chat, name: Chat, profile: SLACK, url: 'https://hooks.slack.com/services/T0/B0/${path}' }`;
    const colliding = `
webhooks: [${webhook('alone')}, ${webhook('shop-books')}]
projects:
  - { externalId: shop, name: Shop, webhooks: [${webhook('books')}, ${slack('a')}, ${webhook('a-b')}, ${webhook('a.b')}] }
  - { externalId: bank, name: Bank, webhooks: [${webhook('books')}, ${slack('b')}] }
`;
    expect(await run(colliding, 'apply')).toMatchObject({ code: 0 });
    const { stdout } = await run(colliding, 'export');
    const found = variables(stdout);
    expect(new Set(found).size).toBe(found.length);
    expect([...found].sort()).toEqual([
      'ALONE_AUTHORIZATION',
      'BANK_BOOKS_AUTHORIZATION',
      'BANK_CHAT_URL',
      'SHOP_A_B_AUTHORIZATION',
      'SHOP_A_B_AUTHORIZATION_2',
      'SHOP_BOOKS_AUTHORIZATION',
      'SHOP_BOOKS_AUTHORIZATION_2',
      'SHOP_CHAT_URL',
    ]);
    expect((await run(colliding, 'export')).stdout).toBe(stdout);
  });

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
