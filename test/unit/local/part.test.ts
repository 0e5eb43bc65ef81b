import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalProcess, logTail, startProcess } from '../../../local/childProcess.ts';
import { isRunning } from '../../../local/processIdentity.ts';
import { type Part, startPart } from '../../../start/part.ts';

let folder: string;
let part: Part | null = null;
const started: LocalProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'part '));
});

afterEach(async () => {
  await part?.kill();
  part = null;
  for (const each of started.splice(0)) await each.kill();
  await rm(folder, { recursive: true });
});

/** A real program that runs until it is asked to end. */
async function run(script = 'setInterval(() => {}, 1000)', stopSignal: NodeJS.Signals = 'SIGTERM') {
  const node = await startProcess('node', process.execPath, ['-e', script], {
    log: join(folder, 'log'),
    pidFile: join(folder, 'pid'),
    stopSignal,
  });
  started.push(node);
  return node;
}

/** Tells of the next line of progress that holds a text. */
function listener() {
  const waiting: { text: string; resolve: () => void }[] = [];
  const seen: string[] = [];
  return {
    progress: (line: string) => {
      seen.push(line);
      for (const each of waiting) if (line.includes(each.text)) each.resolve();
    },
    heard: (text: string) =>
      seen.some((line) => line.includes(text))
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ text, resolve })),
  };
}

/** Whether this system grants more than others have. Root has no such right in most containers. */
function mayComeFirst(): boolean {
  const nice = getPriority();
  try {
    setPriority(nice - 1);
    setPriority(nice);
    return true;
  } catch {
    return false;
  }
}

describe('a part', () => {
  it('is started again when it dies without having been asked to', async () => {
    const { progress, heard } = listener();
    part = await startPart('It', () => run(), { stopTimeoutMs: 5_000, progress });
    const first = part.pid;
    process.kill(first, 'SIGKILL');
    await heard('It runs again');
    expect(part.pid).not.toBe(first);
    process.kill(part.pid, 0);
  });

  it.each([
    ['last', 5],
    ['first', mayComeFirst() ? -5 : 0],
  ] as const)(
    'that comes %s where there is not enough CPU for all comes there again after it died',
    async (precedence, nicer) => {
      const { progress, heard } = listener();
      part = await startPart('It', () => run(), { stopTimeoutMs: 5_000, progress, precedence });
      process.kill(part.pid, 'SIGKILL');
      await heard('It runs again');
      expect(getPriority(part.pid)).toBe(Math.max(-20, Math.min(getPriority() + nicer, 19)));
      // Where Linux groups processes by session, the group's niceness counts.
      const group = await readFile(`/proc/${part.pid}/autogroup`, 'utf8').catch(() => null);
      if (group !== null) expect(group).toMatch(new RegExp(` nice ${nicer}$`, 'm'));
    },
  );

  it('stays ended after kill, until it is restarted', async () => {
    const { progress } = listener();
    part = await startPart('It', () => run(), { stopTimeoutMs: 5_000, progress });
    await part.kill();
    expect(started).toHaveLength(1);
    expect(await isRunning((started[0] as LocalProcess).identity)).toBe(false);
    await part.restart();
    process.kill(part.pid, 0);
  });

  it('is tried again while it does not start, and can be stopped meanwhile', async () => {
    const { progress, heard } = listener();
    let starts = 0;
    part = await startPart(
      'It',
      async () => {
        starts += 1;
        if (starts > 1) throw new Error('no room');
        return run();
      },
      { stopTimeoutMs: 5_000, progress },
    );
    process.kill(part.pid, 'SIGKILL');
    await heard('no room');
    await part.stop();
    const tries = starts;
    expect(tries).toBeGreaterThan(1);
    expect(await isRunning((started[0] as LocalProcess).identity)).toBe(false);
  });

  it('is killed when it does not end in time', async () => {
    const { progress } = listener();
    const deaf = () => run("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')");
    part = await startPart('It', deaf, { stopTimeoutMs: 200, progress });
    // Ready to be deaf: it says so after it has installed its handler.
    while (!logTail(join(folder, 'log')).includes('deaf')) await new Promise((resolve) => setTimeout(resolve, 10));
    await part.stop();
    expect(await (started[0] as LocalProcess).exited).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('startProcess', () => {
  it('ends the process that the same pid file remembers', async () => {
    const left = await run();
    const next = await run();
    expect(await left.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await isRunning(next.identity)).toBe(true);
  });

  it('says what could not be started', async () => {
    const log = join(folder, 'log');
    await expect(
      startProcess('It', join(folder, 'missing'), [], { log, pidFile: join(folder, 'pid') }),
    ).rejects.toThrow(/It does not start/);
  });
});
