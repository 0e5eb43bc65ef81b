import { ConfigError } from '../server/config.ts';
import { type Parts, startParts } from './parts.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

// To a terminal that was closed nothing can be written any more; ending in order goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Waits for the first of the signals that ask to end. */
const asked = new Promise<void>((resolve) => {
  // SIGHUP is a terminal that was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});

function announce(parts: Parts, given: boolean): void {
  say('\nEverhook runs.\n');
  say(`  GraphQL    ${parts.url}/graphql`);
  say(`  Dashboard  ${parts.url}/`);
  say(`  Health     ${parts.url}/readyz`);
  say(`  Data       ${parts.folder} (logs in ${parts.folder}/logs)`);
  if (!given && parts.operatorKey !== null) {
    say(`\n  Operator key, shown this once: ${parts.operatorKey}`);
    say('  It makes organizations and their first API keys. Keep it.');
  }
  say('\nCtrl-C ends it.');
}

async function main(): Promise<void> {
  const starting = startParts({ env: process.env });
  let parts: Parts | null = null;
  const started = starting.then((all) => {
    parts = all;
    announce(all, Boolean(process.env.EVERHOOK_OPERATOR_KEY));
  });
  // Asked to end while starting: what is starting is let come up, and ended in order.
  await Promise.race([asked.then(() => starting.catch(() => {})), started.then(() => asked)]);
  await started;
  say('\nEnding: deliveries in flight are finished first. Ctrl-C again ends at once.');
  const impatient = () => {
    void parts?.kill().then(() => process.exit(1));
  };
  process.once('SIGINT', impatient);
  process.once('SIGTERM', impatient);
  await (parts as Parts | null)?.stop();
  say('Everything that was started has ended.');
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`\n${error instanceof ConfigError ? error.message : ((error as Error).message ?? error)}\n`);
    process.exit(1);
  },
);
