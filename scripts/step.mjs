// Steps of the set-up: each runs only if its inputs have changed since it last succeeded.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
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

const lock = join(root, '.setup.lock');
/** A lock is taken with its owner in it. One whose owner cannot be read this long after was damaged. Milliseconds. */
const unreadableForMs = 5_000;

/** Two set-ups in one clone would overwrite each other's files: the second one waits. */
export async function alone(work) {
  for (let told = false; !(await takeLock()); ) {
    const held = await lookAtLock();
    if (held === null) continue;
    if (held.owner === null ? held.ageMs > unreadableForMs : !isRunning(held.owner)) {
      // Under a name of its own: whoever found it abandoned too, and comes later, cannot put away the lock that was taken meanwhile.
      await rename(lock, `${lock}.abandoned-${held.id}`).catch(() => {});
      continue;
    }
    if (!told) say(`Waiting for the set-up that process ${held.owner?.pid ?? '?'} runs in this folder`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // Ends at once when asked to, with its child processes: each interrupted step starts again next time.
  const end = (signal) => {
    for (const child of running) child.kill('SIGTERM');
    releaseLock();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, end);
    releaseLock();
  }
}

/** Appears with its owner in it, or not at all. @returns false if another set-up has it */
async function takeLock() {
  const fresh = await mkdtemp(`${lock}.taking-`);
  try {
    await writeFile(join(fresh, 'owner.json'), JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }));
    await rename(fresh, lock);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) return false;
    throw error;
  }
  // What killed set-ups left; only one that is stopped in the middle of it still wants an abandoned lock after a minute.
  for (const name of (await readdir(root)).filter((each) => each.startsWith('.setup.lock.'))) {
    const info = await stat(join(root, name)).catch(() => null);
    if (info !== null && Date.now() - info.ctimeMs > 60_000)
      await rm(join(root, name), { recursive: true, force: true });
  }
  return true;
}

/** Renamed first: emptied in its place, it would be taken by another set-up while its content is removed. */
function releaseLock() {
  const away = `${lock}.released-${process.pid}`;
  rmSync(away, { recursive: true, force: true });
  if (existsSync(lock)) renameSync(lock, away);
  rmSync(away, { recursive: true, force: true });
}

/** @returns null if nobody holds it any more */
async function lookAtLock() {
  const info = await stat(lock).catch(() => null);
  if (info === null) return null;
  const owner = await readFile(join(lock, 'owner.json'), 'utf8')
    .then(JSON.parse)
    .catch(() => null);
  return { owner, ageMs: Date.now() - info.mtimeMs, id: `${info.ino}-${Math.round(info.mtimeMs)}` };
}

/** As `local/processIdentity.ts`, which is compiled only later: ids of processes come again, not with the same start time. */
function startOf(pid) {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}/${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}

function isRunning({ pid, startedAt }) {
  return alive(pid) && startOf(pid) === startedAt && (startedAt !== null || pid !== process.pid);
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
