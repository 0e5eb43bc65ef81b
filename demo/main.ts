import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killStarted } from '../local/childProcess.ts';
import { type Parts, startParts } from '../start/parts.ts';
import { tellInboundScene } from './inboundScene.ts';
import type { ReceiverProcess } from './receiverProcess.ts';
import { Screen } from './screen.ts';
import { tellStory } from './story.ts';

const usage = `npm run demo            the whole way of an event, on real parts, with figures that are checked
npm run demo -- --keep  the same, and leaves it running until Ctrl-C`;

/** The demo has its own parts: settings of a service in use must not reach it. */
function environment(folder: string, operatorKey: string): NodeJS.ProcessEnv {
  const foreign = /^(HOST|PORT|DATABASE_.*|TEMPORAL_.*|EVERHOOK_.*)$/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !foreign.test(key))),
    PORT: '0',
    EVERHOOK_DATA_DIR: folder,
    EVERHOOK_OPERATOR_KEY: operatorKey,
    // The receivers are on this machine. In production, leave both off.
    EVERHOOK_ALLOW_HTTP: 'true',
    EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    EVERHOOK_LOG_LEVEL: 'warn',
    EVERHOOK_GRAPHIQL: 'true',
  };
}

const screen = new Screen();
const ending = new AbortController();
// Every running call adds a listener.
setMaxListeners(0, ending.signal);
const asked = new Promise<void>((resolve) =>
  ending.signal.addEventListener('abort', () => {
    screen.line();
    screen.line('Stopping everything that was started. Ctrl-C again stops it at once.');
    resolve();
  }),
);

async function run(keep: boolean): Promise<number> {
  const beganAt = Date.now();
  const operatorKey = randomBytes(32).toString('base64url');
  const folder = await mkdtemp(join(tmpdir(), 'everhook demo '));
  const receivers: ReceiverProcess[] = [];
  let parts: Parts | null = null;
  let code = 1;
  try {
    screen.line(
      screen.style('bold', 'Everhook: publish once, and every subscriber gets it signed, retried and logged.'),
    );
    screen.line();
    const progress = (text: string) => screen.line(screen.style('dim', `  ${text}`));
    parts = await startParts({ env: environment(folder, operatorKey), progress, signal: ending.signal });
    ending.signal.throwIfAborted();
    screen.done('Everhook runs: PostgreSQL, Temporal, the API and a worker');

    const installation = { url: parts.url, operatorKey };
    const told = await tellStory(installation, screen, receivers, ending.signal);
    const { projectId, projectKey } = told;
    const problems = [...told.problems, ...(await tellInboundScene(installation, screen, receivers, ending.signal))];
    screen.line();
    for (const problem of problems) screen.wrong(problem);
    const seconds = ((Date.now() - beganAt) / 1000).toFixed(0);
    if (problems.length === 0) screen.done(`Every figure is as expected, after ${seconds} s in all.`);
    code = problems.length === 0 ? 0 : 1;
    if (keep) {
      screen.line();
      screen.line('It keeps running:');
      screen.line();
      screen.line(`  Dashboard     ${parts.url}/ (sign in with the project's key)`);
      screen.line(`  GraphQL       ${parts.url}/graphql (in a browser: GraphiQL)`);
      screen.line(`  Health        ${parts.url}/readyz`);
      screen.line(`  Metrics       ${parts.url}/metrics`);
      screen.line(`  Project       ${projectId}`);
      screen.line(`  Its key       ${projectKey}`);
      screen.line(`  Operator key  ${operatorKey}`);
      screen.line(`  Logs          ${join(folder, 'logs')}`);
      screen.line();
      screen.line('Ctrl-C stops all of it and removes its data.');
      await asked;
    }
  } catch (error) {
    if (!ending.signal.aborted) {
      // If one of our processes ended, its caller's error is not the cause.
      for (const ended of parts?.endings ?? []) screen.wrong(ended);
      screen.wrong((error as Error).message);
    }
    code = ending.signal.aborted ? 130 : 1;
  }
  const asIs = code === 1 && parts !== null;
  await parts?.stop();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  if (ending.signal.aborted) screen.line('Everything has stopped.');
  if (asIs) screen.line(`  Its logs are in ${join(folder, 'logs')}.`);
  else await rm(folder, { recursive: true, force: true });
  return code;
}

function keepOf(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { keep: { type: 'boolean', default: false } } }).values.keep;
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const keep = keepOf(process.argv.slice(2));
// SIGHUP means that the terminal was closed: nothing can be written to it any more.
process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) {
      killStarted();
      process.exit(130);
    }
    ending.abort();
  });
}
process.exit(await run(keep));
