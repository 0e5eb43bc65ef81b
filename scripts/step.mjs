// Steps of the set-up: each runs only if its inputs have changed since it last succeeded.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const stamps = join(root, 'node_modules', '.everhook');

export function say(line) {
  process.stderr.write(`${line}\n`);
}

async function filesUnder(path) {
  const info = await stat(path).catch(() => null);
  if (info === null) return [];
  if (!info.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name !== 'node_modules' && name !== 'dist').sort();
  return (await Promise.all(names.map((name) => filesUnder(join(path, name))))).flat();
}

/** One digest over the names and contents of files and folders, given relative to the root. */
async function digest(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesUnder(join(root, input))) hash.update(`${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/**
 * @param {string} name of the stamp
 * @param {{ inputs: string[], outputs: string[], work: () => Promise<void> }} step paths relative to the root
 */
export async function step(name, { inputs, outputs, work }) {
  const stamp = join(stamps, name);
  const now = await digest(inputs);
  const before = await readFile(stamp, 'utf8').catch(() => '');
  if (now === before && outputs.every((output) => existsSync(join(root, output)))) return;
  await rm(stamp, { force: true });
  await work();
  await mkdir(stamps, { recursive: true });
  await writeFile(stamp, now);
}

/** A failed command, with its output. */
export class CommandFailed extends Error {
  constructor(command, output) {
    super(`${command} failed:\n${output.trimEnd()}`);
    this.output = output.trimEnd();
  }
}

const running = new Set();

/** Starts a program of `node_modules/.bin`, or `node` or `npm`. It ends with this process. */
export function start(program, args, env = {}) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: root,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows, npm's programs are .cmd files, which only a shell starts.
    shell: process.platform === 'win32',
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** As {@link start}, and returns its output. */
export function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = start(program, args, env);
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailed([program, ...args].join(' '), output));
    });
  });
}

/** Two set-ups in one clone would overwrite each other's files: the second one waits. */
export async function alone(work) {
  const lock = join(root, '.setup.lock');
  for (let told = false; ; ) {
    try {
      await mkdir(lock);
      await writeFile(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(join(lock, 'pid'), 'utf8').catch(() => '0'));
    const age = Date.now() - (await stat(lock).then((info) => info.mtimeMs, Date.now));
    // The id of a killed process may belong to another by now; no set-up takes this long.
    if ((pid > 0 && !alive(pid)) || age > 30 * 60_000) {
      await rm(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) say(`Waiting for the set-up that process ${pid || '?'} runs in this folder`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // Ends at once when asked to, with its child processes: each interrupted step starts again next time.
  const end = (signal) => {
    for (const child of running) child.kill('SIGTERM');
    rmSync(lock, { recursive: true, force: true });
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, end);
    await rm(lock, { recursive: true, force: true });
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
