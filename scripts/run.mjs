// `node scripts/run.mjs dist/start/main.js …`: sets up what is missing, then runs the given compiled entry in this same
// process, so signals and the exit code are its own. `--test …` runs the tests instead.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { getServers } from './servers.mjs';
import { root, say } from './step.mjs';

const [entry, ...args] = process.argv.slice(2);

try {
  await build();
} catch (error) {
  say(error.message);
  process.exit(1);
}

if (entry === '--test') {
  await getServers();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches both; vitest ends first and prints its results.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('close', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
} else {
  const file = join(root, entry ?? '');
  if (!entry || !existsSync(file)) {
    say(`There is no ${entry}: give an entry such as dist/start/main.js.`);
    process.exit(1);
  }
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
