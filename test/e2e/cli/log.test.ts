import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliTenant, cliTenant, jsonLines, runCli, startCli } from '../../support/cli.ts';
import type { Product } from '../../support/installation.ts';
import { cliInTerminal } from '../../support/pseudoTerminal.ts';
import { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

const longName = 'A receiver with a name that is much longer than any terminal would like 端末より長い名前';

let product: Product;
let tenant: CliTenant;
let receiver: Receiver;
let failing: Receiver;
let webhookId: string;
let failingId: string;

async function createWebhook(name: string, url: string, more: object = {}): Promise<string> {
  const { createWebhook } = await product.call<{ createWebhook: { webhook: { id: string } } }>(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
    { input: { projectId: tenant.projectId, name, url, ...more } },
  );
  return createWebhook.webhook.id;
}

beforeAll(async () => {
  product = await sharedProduct();
  tenant = await cliTenant(product);
  receiver = await new Receiver().listen();
  failing = await new Receiver(() => 500).listen();
  webhookId = await createWebhook(longName, receiver.url);
  failingId = await createWebhook('Failing', failing.url, { retrySchedule: [] });
});
afterAll(async () => {
  await receiver?.close();
  await failing?.close();
  await product?.close();
});

const run = (...args: string[]) => runCli(args, { env: tenant.env });
const runJson = async <Line>(...args: string[]): Promise<Line[]> => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return jsonLines<Line>(stdout);
};
interface Shown {
  readonly id: string;
  readonly status: string;
}

/** Publishes by the CLI, and waits until both deliveries have ended. */
async function published(...args: string[]): Promise<string> {
  const [event] = await runJson<{ id: string }>('trigger', 'order.paid', ...args);
  const { id } = event as { id: string };
  await expect
    .poll(async () => (await runJson<Shown>('deliveries', '--event', id)).map(({ status }) => status).sort())
    .toEqual(['DELIVERED', 'FAILED']);
  return id;
}

describe('everhook trigger', () => {
  it('publishes the type’s example, with members set by --data whose numbers keep their text', async () => {
    const before = receiver.received.length;
    await published('--data', 'amount=1.10', '--data', 'customer.name=Grace', '--data', 'lines=[{"sku":"a","n":2.0}]');
    const body = receiver.received[before]?.body ?? '';
    expect(body).toContain('"data":{"amount":1.10,"customer":{"name":"Grace"},"lines":[{"sku":"a","n":2.0}]}');
  });

  it('publishes a file’s JSON with the text of its numbers, also from stdin', async () => {
    const before = receiver.received.length;
    const { code } = await runCli(['trigger', 'order.paid', '--from-file', '-'], {
      env: tenant.env,
      input: '{ "amount": 1.2300, "note": "5 €" }',
    });
    expect(code).toBe(0);
    expect((await receiver.count(before + 1))[before]?.body).toContain('"data":{"amount":1.2300,"note":"5 €"}');
  });

  it('names the field of data that does not fit the schema', async () => {
    const { code, stderr } = await run('trigger', 'order.paid', '--data', 'amount=much', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.field).toBe('data.amount');
  });

  it('names a type that is not there, data that is no JSON, and a path that leads nowhere', async () => {
    expect((await run('trigger', 'order.lost')).code).toBe(4);
    const noJson = await runCli(['trigger', 'order.paid', '--from-file', '-'], { env: tenant.env, input: '{' });
    expect(noJson).toMatchObject({ code: 2, stderr: expect.stringContaining('not JSON') });
    const nowhere = await run('trigger', 'order.paid', '--data', 'amount.cents=1');
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('"amount" is no object') });
  });
});

describe('the delivery log in the CLI', () => {
  it('lists events and deliveries by their filters', async () => {
    const id = await published('--label', 'customer=c_42');
    expect(
      (await runJson<Shown>('events', '--label', 'customer=c_42', '--since', '1h')).map((event) => event.id),
    ).toEqual([id]);
    const failed = await runJson<Shown>('deliveries', '--event', id, '--status', 'failed', '--code', '500');
    expect(failed).toHaveLength(1);
    expect(await runJson('deliveries', '--label', 'customer=nobody')).toEqual([]);
  });

  it('shows a delivery with its request and attempts, an event with its data, and a webhook', async () => {
    const event = await published('--data', 'amount=1.10');
    const [delivery] = await runJson<Shown>('deliveries', '--event', event, '--status', 'failed');
    const shown = await run('show', delivery?.id ?? '');
    expect(shown.stdout).toContain(`POST ${failing.url}`);
    expect(shown.stdout).toContain('webhook-signature');
    expect(shown.stdout).toMatch(/attempt 1 .* 500/);
    const data = await run('show', event);
    expect(data.stdout).toContain('"name": "Ada"');
    expect(data.stdout).toContain('"amount": 1.10');
    expect((await run('show', event, '--json')).stdout).toContain('"data":{"amount":1.10,');
    expect((await run('show', webhookId)).stdout).toContain(receiver.url);
  });

  it('says which id or filter is wrong, by exit code and field', async () => {
    const unknown = await run('show', '0197b1c2-7a64-7d7e-9a5e-5ad0a2c3d1f0', '--json');
    expect(unknown.code).toBe(4);
    expect(JSON.parse(unknown.stderr).error.field).toBe('id');
    const filter = await run('deliveries', '--webhook', 'no-such-webhook', '--json');
    expect(filter.code).toBe(4);
    expect(JSON.parse(filter.stderr).error.field).toBe('webhookId');
    const status = await run('deliveries', '--status', 'lost');
    expect(status.code).toBe(2);
    expect(status.stderr).toContain('--status');
    const json = await run('deliveries', '--status', 'lost', '--json');
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: 'USAGE', exitCode: 2 });
    const mistyped = await run('deliverys');
    expect(mistyped.code).toBe(2);
    expect(mistyped.stderr).toContain('Did you mean deliveries?');
  });

  it('has no escapes without a terminal; in one, colours and no line that is wider than it', async () => {
    await published();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes of terminals
    const escapes = /\u001b\[\d+m/g;
    expect((await run('deliveries')).stdout).not.toMatch(escapes);
    for (const columns of [80, 120]) {
      const terminal = await cliInTerminal(['deliveries'], tenant.env, columns);
      const { screen } = await terminal.ended;
      expect(screen).toMatch(escapes);
      const lines = screen.split('\r\n').map((line) => line.replace(escapes, ''));
      expect(lines.some((line) => line.includes('…'))).toBe(true);
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    }
    const without = await cliInTerminal(['deliveries'], { ...tenant.env, NO_COLOR: '1' }, 120);
    expect((await without.ended).screen).not.toMatch(escapes);
  });
});

describe('everhook tail', () => {
  it('prints deliveries as they change, by filters, and ends with 0 by Ctrl-C', async () => {
    const tail = startCli(['tail', '--events', 'order.*', '--status', 'failed'], { env: tenant.env });
    await tail.line('Waiting for deliveries');
    await published();
    expect(await tail.line('order.paid')).toMatch(/FAILED {2}Failing {2}500/);
    tail.kill('SIGINT');
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('DELIVERED');
  });
});

describe('sending again', () => {
  it('replays deliveries, and refuses to retry what has ended', async () => {
    const event = await published();
    const [delivery] = await runJson<Shown>('deliveries', '--event', event, '--status', 'delivered');
    const [again] = await runJson<Shown>('replay', delivery?.id ?? '');
    expect(again?.id).not.toBe(delivery?.id);
    const refused = await run('retry', delivery?.id ?? '', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr).error.code).toBe('CONFLICT');
  });

  it('recovers after it has counted, only when it is told to', async () => {
    const counted = await run('recover', '--webhook', failingId, '--include', 'failed', '--dry-run');
    const total = Number(/(\d+) to send again/.exec(counted.stdout)?.[1]);
    expect(total).toBeGreaterThan(0);
    const untold = await run('recover', '--webhook', failingId, '--include', 'failed');
    expect(untold).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });

    const { code, stdout } = await run('recover', '--webhook', failingId, '--include', 'failed', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain(`FINISHED: ${total} of ${total} sent again.`);
    const nothing = await run('recover', '--since', '1s', '--include', 'cancelled');
    expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining('0 to send again') });
  });
});
