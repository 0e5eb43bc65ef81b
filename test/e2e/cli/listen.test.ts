import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { standard } from '../../../client-sdk/src/verify/index.ts';
import { type CliTenant, cliHome, cliTenant, jsonLines, type RunningCli, runCli, startCli } from '../../support/cli.ts';
import { forwardProxy } from '../../support/forwardProxy.ts';
import type { Product } from '../../support/installation.ts';
import { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';
import { slowness } from '../../support/slowness.ts';
import { tcpProxy } from '../../support/tcpProxy.ts';

const secret = 'whsec_YSBzZWNyZXQgb2YgdGhlIGxpc3RlbmVyLCAzMiBieXRlcw==';

let product: Product;
let tenant: CliTenant;
let local: Receiver;
const running: RunningCli[] = [];
beforeAll(async () => {
  product = await sharedProduct();
  tenant = await cliTenant(product);
  local = await new Receiver(({ path }) => (path === '/refuses' ? { code: 422, body: 'no such order' } : 204)).listen();
});
afterEach(async () => {
  for (const cli of running.splice(0)) {
    cli.kill('SIGINT');
    await cli.ended;
  }
});
afterAll(async () => {
  await local?.close();
  await product?.close();
});

interface Line {
  readonly event: string;
  readonly listenerId: string;
  readonly secret: string;
  readonly id: string;
  readonly eventId: string;
}

/** Listens without a terminal and without a home. @returns it, once it is ready */
async function listen(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningCli & { readonly ready: Line }> {
  const cli = startCli(['listen', '--json', ...args], { env: { ...tenant.env, ...env } });
  running.push(cli);
  const ready = JSON.parse(await cli.line('"event":"ready"')) as Line;
  return Object.assign(cli, { ready });
}

/** Publishes data as the text that it is. @returns the id of the event */
async function publish(data = '{}', type = 'order.paid'): Promise<string> {
  const response = await fetch(`${product.url}/v1/events?projectId=${tenant.projectId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
    body: `{"type":"${type}","data":${data}}`,
  });
  const { events } = (await response.json()) as { events: { id: string }[] };
  return events[0]?.id ?? '';
}

async function webhooks(): Promise<string[]> {
  const { stdout } = await runCli(['deliveries', '--json', '--limit', '1'], { env: tenant.env });
  return jsonLines<{ id: string }>(stdout).map(({ id }) => id);
}

describe('everhook listen', () => {
  it('posts byte by byte, with names and order of headers, what an ordinary webhook gets, also a megabyte', async () => {
    const ordinary = await new Receiver().listen();
    await product.call('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      input: { projectId: tenant.projectId, name: 'Ordinary', url: `${ordinary.url}hooks`, secret },
    });
    const cli = await listen(['--to', `${local.url}hooks`, '--secret', secret]);
    const before = local.received.length;
    const large = 'x'.repeat(1_000_000);
    const texts = [
      '{"slash":"\\/","price":1.10,"big":1e3,"empty":""}',
      '{"line":"\u2028\u2029","escaped":"\\u2028","emoji":"⚓👩‍👩‍👧","quote":"\\"","nul":"a\\u0001"}',
      `{"large":"${large}"}`,
    ];
    for (const [index, text] of texts.entries()) {
      await publish(text);
      const here = (await local.count(before + index + 1))[before + index];
      const there = (await ordinary.count(index + 1))[index];
      if (here === undefined || there === undefined) throw new Error('Both have come.');
      expect(here.body === there.body, `the body of ${text.slice(0, 50)}`).toBe(true);
      expect([here.method, here.path]).toEqual([there.method, there.path]);
      const own = new Set(['host', 'webhook-timestamp', 'webhook-signature']);
      const shown = (headers: readonly string[]) =>
        headers.map((text, at) =>
          at % 2 === 1 && own.has((headers[at - 1] ?? '').toLowerCase()) ? '(its own)' : text,
        );
      expect(shown(here.rawHeaders)).toEqual(shown(there.rawHeaders));
      expect(here.headers.host).toBe(new URL(local.url).host);
      await standard(here, secret);
    }
    await ordinary.close();
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
  });

  it('prints type, status and time, and the delivery log shows what the local server said', async () => {
    const cli = startCli(['listen', '--to', `${local.url}refuses`, '--events', 'order.*'], { env: tenant.env });
    running.push(cli);
    expect(await cli.line('Secret: ')).toMatch(/whsec_/);
    await cli.line('Ready.');
    const event = await publish();
    expect(await cli.line('order.paid')).toMatch(/^\d\d:\d\d:\d\d {2}order\.paid {2}422 {2}\d+ ms$/);
    const { stdout } = await runCli(['deliveries', '--event', event, '--code', '422', '--json'], { env: tenant.env });
    const [delivery] = jsonLines<{ id: string; status: string }>(stdout);
    expect(delivery?.status).toBe('FAILED');
    const shown = await runCli(['show', delivery?.id ?? ''], { env: tenant.env });
    expect(shown.stdout).toContain('no such order');
    expect(shown.stdout).toContain(`${local.url}refuses`);
    cli.kill('SIGINT');
    const { stdout: said } = await cli.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no escapes where there is no terminal
    expect(said).not.toMatch(/\u001b/);
  });

  it('sends types by routes, and only what its patterns name', async () => {
    await product.call(
      'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { id } } }',
      {
        input: { projectId: tenant.projectId, name: 'crane.moved', schema: {} },
      },
    );
    const cli = await listen(['--route', `crane.*=${local.url}cranes`, '--route', `order.paid=${local.url}paid`]);
    const before = local.received.length;
    await publish('{}', 'crane.moved');
    await publish('{}', 'order.paid');
    const received = (await local.count(before + 2)).slice(before);
    expect(received.map(({ path }) => path).sort()).toEqual(['/cranes', '/paid']);
    expect(cli.ready.secret).toMatch(/^whsec_/);
  });

  it('records a local server that is down, too slow or no HTTP as a failure, and goes on', async () => {
    const silent = await new Receiver(() => null).listen();
    const cli = await listen([
      '--route',
      'crane.*=http://127.0.0.1:9',
      '--route',
      `order.*=${silent.url}`,
      '--timeout',
      '300',
    ]);
    await publish('{}', 'crane.moved');
    expect(JSON.parse(await cli.line('crane.moved'))).toMatchObject({ failure: 'CONNECT_ERROR', delivery: 'FAILED' });
    const late = await publish();
    expect(JSON.parse(await cli.line(late))).toMatchObject({ failure: 'TIMEOUT', delivery: 'FAILED' });
    await silent.close();
  });

  it('records answers that are none of HTTP, and goes on, however many there are', async () => {
    const odd = await new Receiver(({ body }) =>
      body.includes('"last"') ? { code: 200, headers: { [`x-${'long'.repeat(64)}`]: 'y', 'x-short': 'y' } } : 799,
    ).listen();
    const cli = await listen(['--to', odd.url]);
    for (let n = 0; n < 40; n++) await publish();
    const last = await publish('{"last":true}');
    const line = JSON.parse(await cli.line(last));
    expect(line).toMatchObject({ status: 200, delivery: 'DELIVERED' });
    const { stdout } = await runCli(['show', line.id, '--json'], { env: tenant.env });
    expect(stdout).toContain('x-short');
    expect(stdout).not.toContain('longlong');
    cli.kill('SIGINT');
    const lines = jsonLines<{ event: string; failure?: string; delivery: string }>((await cli.ended).stdout);
    const failed = lines.filter(({ failure }) => failure === 'INVALID_RESPONSE');
    expect(failed).toHaveLength(40);
    expect(lines.some(({ event }) => event === 'not-recorded')).toBe(false);
    await odd.close();
  });

  it('takes no credentials in a URL, which would not be sent, and never shows them', async () => {
    for (const args of [
      ['--to', 'http://ada:s3cret@localhost:3000/'],
      ['--to', 'ada:s3cret@localhost:3000'],
      ['--route', 'order.*=http://:s3cret@localhost:3000/'],
    ]) {
      const { code, stdout, stderr } = await runCli(['listen', ...args], { env: tenant.env });
      expect(code).toBe(2);
      expect(stderr).toContain('A URL for requests has no user name and password');
      expect(stdout + stderr).not.toContain('s3cret');
    }
  });

  it('ends its listener at once by Ctrl-C, with exit code 0, and leaves nothing behind', async () => {
    const cli = await listen(['--to', local.url]);
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
    const gone = await runCli(['show', cli.ready.listenerId, '--json'], { env: tenant.env });
    expect(gone.code).toBe(4);
    expect(await webhooks()).not.toContain(cli.ready.listenerId);
  });

  it('says what is missing or wrong: nowhere to send to, a bad URL, a key that may not', async () => {
    expect(await runCli(['listen'], { env: tenant.env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--to http://localhost:3000/hooks'),
    });
    expect((await runCli(['listen', '--to', 'http://'], { env: tenant.env })).code).toBe(2);
    const bad = await runCli(['listen', '--to', ':1', '--secret', 'short', '--json'], { env: tenant.env });
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stderr).error.field).toBe('input.secret');
    expect((await runCli(['listen', '--to', ':1'], { env: { ...tenant.env, EVERHOOK_KEY: 'ehk_bad' } })).code).toBe(3);
  });
});

describe('the secret of a listener', () => {
  it('is the same at each start: from the environment without a home, from the file of keys with one', async () => {
    const env = { EVERHOOK_LISTEN_SECRET: secret };
    const first = await listen(['--to', local.url], env);
    expect(first.ready.secret).toBe(secret);
    const { HOME, remove } = await cliHome();
    const second = await listen(['--to', local.url], { HOME });
    second.kill('SIGINT');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no escapes where there is no terminal
    expect((await second.ended).stdout).not.toMatch(/\u001b/);
    const third = await listen(['--to', local.url], { HOME });
    expect(third.ready.secret).toBe(second.ready.secret);
    third.kill('SIGINT');
    await third.ended;
    await remove();
  });
});

describe('a connection that is lost', () => {
  it('whether it breaks or dies without a word, is said, loses nothing, and does not touch another listener', async () => {
    const proxies = [await tcpProxy(product.url), await tcpProxy(product.url)] as const;
    const [cut, silent] = await Promise.all([
      listen(['--to', `${local.url}cut`], { EVERHOOK_URL: proxies[0].url }),
      listen(['--to', `${local.url}silent`], { EVERHOOK_URL: proxies[1].url }),
    ]);
    const other = await listen(['--to', `${local.url}other`]);
    const before = local.received.length;
    proxies[0].cut();
    proxies[1].freeze();
    const events = await Promise.all([publish(), publish(), publish()]);
    for (const lost of [cut, silent]) {
      await lost.line('"disconnected"');
      await lost.line('"connected"');
    }
    const received = (await local.count(before + 9)).slice(before);
    for (const path of ['/cut', '/silent', '/other']) {
      const ids = received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id']);
      expect(ids.sort()).toEqual([...events].sort());
    }
    other.kill('SIGINT');
    expect((await other.ended).stdout).not.toContain('disconnected');
    for (const lost of [cut, silent]) {
      lost.kill('SIGINT');
      await lost.ended;
    }
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  it('reaches the service through the proxy that the environment names, also by WebSocket', async () => {
    const proxy = await forwardProxy({ credentials: 'ada:p@ss', hosts: { 'everhook.test': '127.0.0.1' } });
    try {
      const env = {
        EVERHOOK_URL: product.url.replace('127.0.0.1', 'everhook.test'),
        HTTP_PROXY: `http://ada:p%40ss@127.0.0.1:${proxy.address.port}`,
      };
      const cli = await listen(['--to', `${local.url}hooks`], env);
      const eventId = await publish('{"by":"proxy"}');
      expect(JSON.parse(await cli.line(eventId))).toMatchObject({ event: 'delivery', status: 204 });
      expect(proxy.asked.every(({ authority }) => authority.startsWith('everhook.test:'))).toBe(true);
      const askedAt = performance.now();
      cli.kill('SIGINT');
      expect((await cli.ended).code).toBe(0);
      expect(performance.now() - askedAt).toBeLessThan(5_000 * (await slowness()));
      expect(await runCli(['doctor'], { env: { ...tenant.env, ...env } })).toMatchObject({ code: 0 });

      // What the proxy refuses, and what must not go through it, is not reached: nobody else knows that name.
      const direct = await runCli(['events'], { env: { ...tenant.env, ...env, NO_PROXY: 'everhook.test' } });
      expect(direct.code).toBe(5);
      proxy.conduct = { status: 403 };
      expect((await runCli(['events'], { env: { ...tenant.env, ...env } })).code).toBe(5);
      expect(await runCli(['doctor'], { env: { ...tenant.env, ...env } })).toMatchObject({
        code: 5,
        stdout: expect.stringMatching(/through the proxy http:.*: The proxy refuses: it answers 403\./),
      });
      const wrong = await runCli(['events'], { env: { ...tenant.env, ...env, HTTP_PROXY: 'ftp://proxy:3128' } });
      expect(wrong).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('must be the URL of a proxy'),
      });
    } finally {
      await proxy.close();
    }
  });
});
