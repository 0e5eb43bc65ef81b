import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../../core/ground/freePorts.ts';
import { breakOff } from '../../support/brokenOff.ts';
import { npmInstall } from '../../support/npmInstall.ts';
import { pack } from '../../support/packed.ts';
import { slowness } from '../../support/slowness.ts';
import { deliver, delivery, maxBytes, post, secret } from './delivery.ts';

const packages = ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'];

const options = `{
  verify: (request) => standard(request, process.env.WEBHOOK_SECRET),
  handle({ data }) {
    if (data.fails) throw new Error('The database is away.');
    appendFileSync(process.env.TAKEN, JSON.stringify(data) + '\\n');
  },
  maxBytes: ${maxBytes},
}`;
const imports = (name: string) => `
import { appendFileSync } from 'node:fs';
import { ${name} } from '@everhook/sdk/next';
import { standard } from '@everhook/sdk/verify';
`;

/** The application: for each router the webhook, one whose body is read before, and a route of its own that parses JSON. */
const files: Readonly<Record<string, string>> = {
  'app/layout.js': 'export default function Layout({ children }) { return children; }',
  'app/hooks/route.js': `${imports('webhook')} export const POST = webhook(${options});`,
  'app/read/route.js': `${imports('webhook')}
const take = webhook(${options});
export async function POST(request) {
  await request.json();
  return take(request);
}`,
  'app/json/route.js': 'export const POST = async (request) => Response.json(await request.json());',
  'pages/api/hooks.js': `${imports('pagesWebhook')}
export const config = { api: { bodyParser: false } };
export default pagesWebhook(${options});`,
  'pages/api/read.js': `${imports('pagesWebhook')} export default pagesWebhook(${options});`,
  'pages/api/json.js': 'export default (request, response) => response.json(request.body);',
};

let folder: string;
let url: string;
let server: ChildProcess;
let said = '';
const taken = async () =>
  (await readFile(join(folder, 'taken'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook next '));
  await pack(folder, '@everhook/sdk');
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await npmInstall(folder, [...packages, `./${archive}`]);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' },
    ...{ WEBHOOK_SECRET: secret, TAKEN: join(folder, 'taken') },
  };
  const next = join(folder, 'node_modules/next/dist/bin/next');
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: folder, env, maxBuffer: 16 * 1024 * 1024 });
  const [port] = await freePorts([0]);
  url = `http://127.0.0.1:${port}`;
  server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (said.includes('Ready')) resolve();
      });
    }
    server.once('close', (code) => reject(new Error(`Next.js ended with ${code}:\n${said}`)));
  });
}, 300_000);
afterAll(async () => {
  if (server) {
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe.each([
  { router: 'App Router', at: '', advice: 'Let nothing read the request before webhook().' },
  { router: 'Pages Router', at: '/api', advice: 'export const config = { api: { bodyParser: false } };' },
])('a receiver in Next.js, $router', ({ router, at, advice }) => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ])('takes a genuine delivery as "%s"', async (type) => {
    expect(
      await deliver(`${url}${at}/hooks`, `{"at":"${router} ${type}","price":1.10,"slash":"\\/","⚓":"\u2028"}`, type),
    ).toBe(200);
    expect((await taken()).at(-1)).toMatchObject({ at: `${router} ${type}`, '⚓': '\u2028' });
  });

  it('refuses what is not signed with the secret, and says why', async () => {
    const { headers, body } = delivery('{"n":1}');
    const forged = body.toString().replace('"n":1', '"n":2');
    const answer = await post(`${url}${at}/hooks`, { ...headers, 'content-type': 'application/json' }, forged);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('signature');
    expect(await taken()).not.toContainEqual({ n: 2 });
  });

  it('answers 503 while the event cannot be handled, and 413 to a body that is too large', async () => {
    expect(await deliver(`${url}${at}/hooks`, '{"fails":true}')).toBe(503);
    await expect.poll(() => said).toContain('The database is away.');
    expect(await deliver(`${url}${at}/hooks`, `{"text":"${'x'.repeat(2 * maxBytes)}"}`)).toBe(413);
  });

  it('outlives a request that breaks off', async () => {
    await breakOff(`${url}${at}/hooks`);
    expect(await deliver(`${url}${at}/hooks`, `{"after":"${router}"}`)).toBe(200);
  });

  it('says which line to change where the body was read first, and leaves other routes their parser', async () => {
    const sentAt = performance.now();
    expect(await deliver(`${url}${at}/read`, '{"n":5}')).toBe(500);
    expect(performance.now() - sentAt).toBeLessThan(2_000 * (await slowness()));
    await expect.poll(() => said).toContain(advice);
    expect(await taken()).not.toContainEqual({ n: 5 });
    const own = await post(`${url}${at}/json`, { 'content-type': 'application/json' }, '{"its":"own"}');
    expect(await own.json()).toEqual({ its: 'own' });
  });
});
