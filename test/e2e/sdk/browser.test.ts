import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import type { ProfileName } from '../../../core/profiles/profile.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import { envelope } from '../../unit/profiles/envelope.ts';

const run = promisify(execFile);

const verifiers: readonly [verifier: string, profile: ProfileName][] = [
  ['standard', 'STANDARD'],
  ['onplana', 'ONPLANA'],
  ['plane', 'PLANE'],
  ['planeConnection', 'PLANE_CONNECTION'],
  ['tasks', 'TASKS'],
  ['testplanit', 'TESTPLANIT'],
];

/** What each profile sends, and the same with another name in it. */
const cases = verifiers.map(([verifier, name]) => {
  const profile = profileOf(name);
  const secret = profile.secret?.generate() as string;
  const event = envelope({ eventType: 'issue.create', data: '{"name":"Möwe 🐦"}' });
  const body = profile.body(event);
  const headers = signedHeaders(profile, { envelope: event, body, secrets: [secret], attemptedAt: new Date() });
  return { verifier, secret, body: Buffer.from(body).toString(), headers };
});

/** Runs the same in a page and in a module worker: nothing but the platform's `Request`, and the files as they are published. */
const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html', '<!doctype html><title>Verification</title><script type="module" src="/page.js"></script>'],
  '/cases.json': ['application/json', JSON.stringify(cases)],
  '/check.js': [
    'text/javascript',
    `import * as verify from './verify/index.js';
     const outcome = async ({ verifier, headers, secret }, body) => {
       try {
         return await verify[verifier](new Request('/hook', { method: 'POST', headers, body }), secret);
       } catch (error) {
         return error instanceof verify.VerificationError ? error.reason : String(error);
       }
     };
     export const check = async (cases) => {
       const results = {};
       for (const each of cases) {
         const { data } = await outcome(each, each.body);
         results[each.verifier] = [data, await outcome(each, each.body.replace('we', 've'))];
       }
       return results;
     };`,
  ],
  '/worker.js': [
    'text/javascript',
    `import { check } from './check.js';
     onmessage = async ({ data }) => postMessage(await check(data));`,
  ],
  '/page.js': [
    'text/javascript',
    `import { check } from './check.js';
     const cases = await (await fetch('/cases.json')).json();
     const page = await check(cases);
     const worker = new Worker('/worker.js', { type: 'module' });
     worker.onmessage = ({ data }) => {
       const output = document.createElement('output');
       output.textContent = JSON.stringify({ page, worker: data });
       document.body.append(output);
     };
     worker.postMessage(cases);`,
  ],
};

let folder: string;
let server: Server;
let browsing: Browsing;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook-browser-'));
  await run(join(packageRoot, 'node_modules', '.bin', 'tsc'), [
    ...['-p', join(packageRoot, 'client-sdk'), '--outDir', folder],
  ]);
  server = createServer(async (request, response) => {
    const path = normalize(request.url ?? '/');
    const [type, text] = files[path] ?? [
      'text/javascript',
      /^\/(verify|json)\//.test(path) ? await readFile(join(folder, path), 'utf8').catch(() => null) : null,
    ];
    // Strict, as in an application that trusts its own files alone.
    const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'";
    if (text === null) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browsing = await openChromium();
});
afterAll(async () => {
  await browsing?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  await rm(folder, { recursive: true, force: true });
});

it('verifies what every profile signs in a browser, in its pages and in its module workers, and refuses what was changed', async () => {
  const page = await browsing.context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const results = JSON.parse((await page.locator('output').textContent()) ?? '');
  const expected = Object.fromEntries(
    verifiers.map(([verifier]) => [verifier, [{ name: 'Möwe 🐦' }, 'wrong_signature']]),
  );
  expect(results).toEqual({ page: expected, worker: expected });
  expect(browsing.complaints).toEqual([]);
});
