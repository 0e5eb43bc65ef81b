import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Everhook } from '@everhook/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { expectToOutlive } from '../support/brokenOff.ts';
import type { Product } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';
import { sharedProduct } from '../support/sharedProduct.ts';

let product: Product;
let receiver: Receiver;
let everhook: Everhook;
let projectId: string;
let env: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];

beforeAll(async () => {
  [product, receiver] = await Promise.all([sharedProduct(), new Receiver(() => 200).listen()]);
  const { url } = product;
  const operator = new Everhook({ url, apiKey: product.operatorKey });
  const organization = await operator.organizations.create({ name: 'Harbour Robotics' });
  const project = await operator.projects.create({ organizationId: organization.id, name: 'Berth planning' });
  projectId = project.id;
  const { key } = await operator.apiKeys.create({
    organizationId: organization.id,
    projectId,
    name: 'docs',
    role: 'ADMIN',
  });
  everhook = new Everhook({ url, apiKey: key });
  await everhook.eventTypes.create({
    projectId,
    name: 'invoice.paid',
    schema: { type: 'object', required: ['number'] },
  });
  const { webhook } = await everhook.webhooks.create({ projectId, name: 'Looked after', url: receiver.url });
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, EVERHOOK_URL: url, EVERHOOK_KEY: key, EVERHOOK_PROJECT: projectId, EVERHOOK_WEBHOOK: webhook.id };
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

afterAll(async () => {
  await product?.close();
  await receiver?.close();
});

/** The examples of a page in a language, with receivers that are here. */
async function examples(page: string, language: 'js' | 'sh'): Promise<string[]> {
  const text = await readFile(join(packageRoot, page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language);
  return blocks.map(([, , code]) => (code as string).replaceAll('https://books.example.com/hooks', receiver.url));
}

/** Runs a program given on standard input, where the packages of this clone are found. */
function run(program: string, args: string[], code: string, own: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, { cwd: packageRoot, env: { ...env, ...own }, stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  const closed = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (exitCode) => resolve({ code: exitCode, output })),
  );
  const said = (text: string) =>
    new Promise<string>((resolve) => {
      child.stdout.on('data', () => output.includes(text) && resolve(output));
      child.once('close', () => resolve(output));
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  child.stdin.end(code);
  return { closed, said };
}

const js = (code: string, own?: NodeJS.ProcessEnv) => run(process.execPath, ['--input-type=module'], code, own);

describe('what the documentation shows', () => {
  it('README: the first event is published, received, verified and watched', async () => {
    const [first = ''] = await examples('README.md', 'js');
    const { code, output } = await js(first, { EVERHOOK_KEY: product.operatorKey }).closed;
    expect(output).toContain('received order.paid { number: 7 }');
    expect(output).toContain('order.paid DELIVERED 204');
    expect(code, output).toBe(0);
  });

  it('README: its receiver outlives requests that break off', async () => {
    const [first = ''] = await examples('README.md', 'js');
    // As far as the receiver goes, with a secret of its own.
    const receiver = first
      .slice(0, first.indexOf('// A tenant'))
      .replace("let secret = ''", "let secret = 'whsec_AAAA'");
    const { said } = js(`${receiver}; console.log('at', receiver.address().port, '.')`);
    const [, port] = /at (\d+) \./.exec(await said(' .')) ?? [];
    await expectToOutlive(`http://127.0.0.1:${port}/`);
  });

  it.each(['standardWebhooks', 'onplana'])('demo: the receiver %s outlives requests that break off', async (name) => {
    const child = fork(join(packageRoot, 'dist/demo/receivers', `${name}.js`));
    children.push(child);
    const port = await new Promise<number>((resolve) => child.once('message', resolve as (message: unknown) => void));
    child.send(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    await expectToOutlive(`http://127.0.0.1:${port}/`);
  });

  it('publish: an event type and an event by the SDK', async () => {
    const [sdk = ''] = await examples('docs/publish.md', 'js');
    const { code, output } = await js(sdk).closed;
    expect(code, output).toBe(0);
    expect(await everhook.events.get(output.trim())).toMatchObject({
      type: 'parcel.handed_over',
      data: { weight: 0.4 },
    });
  });

  it('receive: a receiver that verifies with the SDK', async () => {
    const [server = ''] = await examples('docs/receive.md', 'js');
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const [port] = await freePorts([0]);
    const { said } = js(server, { WEBHOOK_SECRET: secret, PORT: String(port) });
    const { webhook } = await everhook.webhooks.create({
      projectId,
      name: 'Documented receiver',
      url: `http://127.0.0.1:${port}/`,
      eventTypes: ['invoice.paid'],
      retrySchedule: ['PT0.2S', 'PT0.2S', 'PT0.5S', 'PT1S', 'PT2S'],
      secret,
    });
    await everhook.events.publish({ type: 'invoice.paid', data: { number: 6 } }, { projectId });
    expect(await said('invoice.paid')).toContain('invoice.paid { number: 6 }');
    await expectToOutlive(`http://127.0.0.1:${port}/`);
    await everhook.webhooks.delete(webhook.id);
  });

  it('receive: ONPLANA in Node’s own crypto', async () => {
    const [, code = ''] = await examples('docs/receive.md', 'js');
    const { genuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const signature = createHmac('sha256', 's').update('{}').digest('hex');
    expect(genuine('{}', signature, 's')).toBe(true);
    expect(genuine('{ }', signature, 's')).toBe(false);
    expect(genuine('{}', signature.slice(2), 's')).toBe(false);
    // As where the header is missing.
    expect(genuine('{}', undefined, 's')).toBe(false);
  });

  it('api: a watch by the SDK', async () => {
    const [watch = ''] = await examples('docs/api.md', 'js');
    const { code, output } = await js(watch).closed;
    expect(output).toMatch(/^\S{36} DELIVERED \d \S+/);
    expect(code, output).toBe(0);
  });

  it.each(['docs/publish.md', 'docs/api.md', 'docs/graphql.md', 'docs/webhooks.md'])(
    '%s: calls by curl',
    async (page) => {
      const calls = await examples(page, 'sh');
      expect(calls.length).toBeGreaterThan(0);
      for (const call of calls) {
        const { code, output } = await run('bash', ['-e'], call).closed;
        expect(code, output).toBe(0);
        expect(Object.keys(JSON.parse(output)), output).toEqual([call.includes('/v1/events') ? 'events' : 'data']);
      }
    },
  );
});
