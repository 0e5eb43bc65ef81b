// Runs npm and shows what it waits for, and why if it waits in vain.
import { createInterface } from 'node:readline';
import { live } from './live.mjs';
import { CommandFailed, start } from './step.mjs';

/** By default npm waits 15 minutes for a registry that does not answer. */
const fetchFlags = [
  '--fetch-timeout=40000',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=5000',
];
/** After a failed request nothing has come for this long: npm's further tries are not waited for. */
const maxSilenceMs = 100_000;

const networkErrors =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|IDLE|timeout|SELF_SIGNED|UNABLE_TO_|CERT_|certificate|E407|E50[234]/i;

const advice = `npm could not get everything from its registry. See whether it can be reached from here:
  npm ping                                    asks the registry that npm uses (npm config get registry)
  npm config set registry <url>               another one, such as your company's
  npm config set https-proxy <url>            where a proxy leads out
  NODE_EXTRA_CA_CERTS=<file.pem>              where its certificate is your company's own
Then run the same command again: what was fetched is kept.`;

/** The content of a line of npm's, without its name and level; null for lines that nobody needs. */
function toldBy(line) {
  const [, level, text] = /^npm (\w+) ?(.*)$/i.exec(line) ?? [];
  if (level === undefined) return line.trim() === '' ? null : { text: line };
  if (level === 'http') {
    if (/^fetch .*attempt \d+ failed/.test(text)) return { text: `npm: ${text}`, failed: text };
    return /^fetch /.test(text) ? { fetched: true } : null;
  }
  if (level === 'notice' || level === 'verbose' || level === 'info') return null;
  return { text: `npm ${level}: ${text}` };
}

/**
 * Runs `npm install`.
 *
 * @param {string[]} args
 * @throws {Error} saying what to do, where the registry cannot be reached
 */
export async function npmInstall(args) {
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--color=false', '--loglevel=http'];
  const child = start('npm', ['install', ...quiet, ...fetchFlags, ...args]);
  let fetched = 0;
  let failure = null;
  let goodAt = Date.now();
  let output = '';
  const screen = live(() => {
    const got = `${fetched} ${fetched === 1 ? 'answer' : 'answers'} of the package registry so far`;
    return failure === null ? got : `${got}; the last one asked for failed: ${failure}`;
  });
  const watch = setInterval(() => {
    if (failure !== null && Date.now() - goodAt > maxSilenceMs) child.kill('SIGTERM');
  }, 1_000);
  const read = (stream) =>
    createInterface({ input: stream }).on('line', (line) => {
      const told = toldBy(line);
      if (told === null) return;
      if (told.fetched) {
        fetched += 1;
        failure = null;
        goodAt = Date.now();
        return;
      }
      if (told.failed) failure = told.failed;
      output += `${told.text}\n`;
      // The error reports once what ended the installation.
      if (!told.text.startsWith('npm error')) screen.say(`  ${told.text}`);
    });
  // npm's standard output, such as how many packages it added, is not needed here.
  child.stdout.resume();
  read(child.stderr);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    clearInterval(watch);
    screen.end();
  });
  if (code === 0) return;
  const failed = new CommandFailed('npm install', output);
  if (failure !== null || networkErrors.test(output)) failed.message += `\n\n${advice}`;
  throw failed;
}
