import { ConfigError } from '../core/composition/config.ts';
import { handleSignalsHere } from '../core/ground/endAtOnce.ts';
import { createLog } from '../core/ground/log.ts';
import { logOutput } from '../core/ground/logOutput.ts';
import { killStarted } from '../local/childProcess.ts';
import { canEmbed } from '../local/postgresBinaries.ts';
import { type Given, startGiven } from './given.ts';
import { type Parts, startParts } from './parts.ts';
import { passLevelSignal } from './passLevelSignal.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

// A closed terminal accepts no output any more; the orderly end continues.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const ending = new AbortController();
const asked = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
handleSignalsHere();
// SIGHUP means that the terminal was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) {
      // Any state is safe: the next start continues from it.
      exit(1);
    }
    ending.abort();
  });
}

function announce(parts: Parts): void {
  say('\nEverhook runs.\n');
  say(`  GraphQL    ${parts.url}/graphql`);
  say(`  Dashboard  ${parts.url}/`);
  say(`  Health     ${parts.url}/readyz`);
  say(`  Data       ${parts.folder} (logs in ${parts.folder}/logs)`);
  if (parts.operatorKey !== null) {
    say(`\n  Operator key, shown this once: ${parts.operatorKey}`);
    say('  It makes organizations and their first API keys. Keep it.');
  }
  say('\nCtrl-C ends it.');
}

/** Without embedded parts, as in a container, where everything goes to a log. */
async function runGiven(): Promise<void> {
  const log = createLog('info', 'start');
  logOutput(log, 'start');
  let given: Given | null = null;
  passLevelSignal(() => given?.pids() ?? []);
  try {
    given = await startGiven(process.env, log, ending.signal);
    log.info('API and worker run');
    await asked;
    log.info('ending: deliveries in flight finish first');
    await given.stop();
    log.info('API and worker have ended');
  } catch (error) {
    if (ending.signal.aborted) return log.info('asked to end while starting');
    log.fatal(error instanceof ConfigError ? { problems: error.problems } : { err: error }, 'the start ended');
    process.exitCode = 1;
  }
}

async function runEmbedded(): Promise<void> {
  let parts: Parts | null = null;
  passLevelSignal(() => (parts === null ? [] : [parts.api.pid, parts.worker.pid]));
  try {
    parts = await startParts({ env: process.env, signal: ending.signal });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    say('\nAsked to end while starting. Everything that was started has ended.');
    return;
  }
  announce(parts);
  if (parts.operatorKey !== null) await parts.keySeen();
  await asked;
  say('\nEnding: deliveries in flight finish first. Ctrl-C again ends at once.');
  await parts.stop();
  say('Everything that was started has ended.');
}

/** A start that is given up may start one more program before it sees that. */
function exit(code = Number(process.exitCode ?? 0)): never {
  killStarted();
  // `process.exit(undefined)` would forget the code that was set.
  process.exit(code);
}

(canEmbed() ? runEmbedded() : runGiven()).then(
  () => exit(),
  (error) => {
    process.stderr.write(`\n${error instanceof ConfigError ? error.message : ((error as Error).message ?? error)}\n`);
    exit(1);
  },
);
