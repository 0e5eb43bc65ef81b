// `npm run test:nodes -- [version …] [arguments of vitest …]`: runs the suite on each Node that `engines` names, or on
// the given ones. npm's package `node` brings each into the cache; the clone stays as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { notePassed, standing } from './commit.mjs';
import { npmInstall } from './npm.mjs';
import { getServers } from './servers.mjs';
import { root, run, say } from './step.mjs';

const nodeVersions = ['20', '22', '24', '26'];

const given = process.argv.slice(2);
const end = given.findIndex((argument) => !/^\d+(\.\d+){0,2}$/.test(argument));
const versions = end === -1 ? given : given.slice(0, end);
const args = end === -1 ? [] : given.slice(end);

/** @returns a Node program of that version: the running one if it fits, otherwise one from the cache */
async function nodeOf(version) {
  if (`${process.versions.node}.`.startsWith(`${version}.`)) return process.execPath;
  const { cached } = await import(pathToFileURL(join(root, 'dist/local/cache.js')).href);
  const program = (folder) => join(folder, 'node_modules/node/bin/node');
  const folder = await cached(`node-${version}-${process.platform}-${process.arch}`, say, async (fresh) => {
    say(`Getting Node ${version} by npm, once`);
    // The package's own script brings the program for this system; newer npm runs only scripts that are named.
    await writeFile(join(fresh, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
    await npmInstall(['--prefix', fresh, '--no-save', '--ignore-scripts=false', `node@${version}`]);
    if (!existsSync(program(fresh))) {
      throw new Error(
        `npm's package node@${version} brought no program: its install script did not run. Is it forbidden?`,
      );
    }
  });
  return program(folder);
}

function testsOn(program) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // Tests that start `node` by name get this Node, too.
  const env = { ...process.env, PATH: `${dirname(program)}${delimiter}${process.env.PATH}` };
  const child = spawn(program, [vitest, 'run', ...args], { cwd: root, env, stdio: 'inherit' });
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      process.off('SIGTERM', pass);
      resolve({ code, signal });
    });
  });
}

// Ctrl-C reaches both; vitest ends first and prints its results.
let asked = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    asked = true;
  });
}

const outcomes = [];
// A clone without a commit is no release.
const before = await standing().catch(() => null);
try {
  await build();
  await getServers();
  for (const version of versions.length > 0 ? versions : nodeVersions) {
    if (asked) break;
    const program = await nodeOf(version);
    const exact = (await run(program, ['--version'])).trim().slice(1);
    say(`\nNode ${exact}`);
    outcomes.push({ exact, ...(await testsOn(program)) });
  }
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
for (const { exact, code, signal } of outcomes) {
  say(`${code === 0 ? '✓' : '✗'} Node ${exact}${code === 0 ? '' : ` (${signal ?? `exit code ${code}`})`}`);
}
if (asked) process.exitCode = 130;
else if (outcomes.some(({ code }) => code !== 0)) process.exitCode = 1;
else if (before?.changed.length === 0 && args.length === 0 && outcomes.length === nodeVersions.length) {
  // A release asks for it.
  const after = await standing();
  if (after.commit === before.commit && after.changed.length === 0) await notePassed(after.commit);
}
