import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { isRunning, type ProcessIdentity } from '../../local/processIdentity.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook demo test '));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) await end(child);
  }
  await rm(folder, { recursive: true, force: true });
});

/** `npm run demo` without its set-up, in an environment whose settings are meant for something else. */
function demo(...args: string[]) {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  const foreign = {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    PORT: 'x',
    EVERHOOK_DATA_DIR: '/',
    HOST: '::',
  };
  const child = spawn(process.execPath, [join(packageRoot, 'dist/demo/main.js'), ...args], {
    env: { PATH, HOME, XDG_CACHE_HOME, TMPDIR: folder, ...foreign },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => output.includes(text) && resolve();
      child.stdout.on('data', look);
      child.once('close', () => resolve());
      look();
    });
  return { child, closed, said, output: () => output };
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code));
    child.kill('SIGINT');
  });
}

/** The table's rows by their first column: published, delivered, retried, failed, verified. */
function figures(output: string): Record<string, number[]> {
  const rows = [...output.matchAll(/^ {2}(\S.*?) {2,}(\d+ +\d+ +\d+ +\d+ +\d+) {2}/gm)];
  return Object.fromEntries(rows.map(([, name, columns]) => [name, (columns as string).split(/ +/).map(Number)]));
}

async function everyPart(): Promise<ProcessIdentity[]> {
  const [data = ''] = await readdir(folder);
  const files = ['api.pid', 'worker.pid', 'temporal/temporal.pid', 'postgres/postgres.pid'];
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, data, file), 'utf8'))));
}

describe('npm run demo', () => {
  it('delivers GitHub’s payloads, retries, gives up, verifies every signature, and exits 0', async () => {
    const { closed, output } = demo();
    expect(await closed, output()).toBe(0);
    expect(figures(output())).toEqual({
      'Standard Webhooks': [58, 58, 0, 0, 58],
      Onplana: [58, 58, 0, 0, 58],
      '503 twice': [58, 58, 116, 0, 58],
      'Never answers': [4, 0, 8, 4, 0],
      All: [58, 174, 124, 4, 174],
    });
    // Told live, a line each: where this is no terminal, without control codes.
    expect(output().match(/ ✓ delivered /g)).toHaveLength(175);
    expect(output()).not.toContain('\u001b');
    expect(await readdir(folder), 'what it leaves behind').toEqual([]);
  });

  it('goes on running with --keep, and Ctrl-C then ends all it started and removes its data', async () => {
    const { child, said, output } = demo('--keep');
    await said('Ctrl-C stops all of it');
    const [, health = ''] = /Health +(\S+)/.exec(output()) ?? [];
    expect((await fetch(health)).status).toBe(200);
    const parts = await everyPart();
    expect(await Promise.all(parts.map(isRunning))).toEqual([true, true, true, true]);
    expect(await end(child)).toBe(0);
    expect(await Promise.all(parts.map(isRunning))).toEqual([false, false, false, false]);
    expect(await readdir(folder), 'what it leaves behind').toEqual([]);
  });

  it('explains itself to who gives it an unknown option', async () => {
    expect(await demo('--forever').closed).toBe(2);
  });
});
