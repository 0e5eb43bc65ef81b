import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../core/ground/packageRoot.ts';
import { toolEnvironment } from './environment.ts';
import type { Progress } from './progress.ts';

/** How long a download may bring nothing, take in all, and what it brought take to start. Milliseconds. */
export interface DownloadLimits {
  readonly silentMs: number;
  readonly totalMs: number;
  readonly startMs: number;
}

const defaultLimits: DownloadLimits = { silentMs: 10_000, totalMs: 180_000, startMs: 60_000 };
const lookEveryMs = 250;
const tellEveryMs = 10_000;

/** The SDK downloads only what it starts: a process of its own can be ended with all that it started. */
const script = (folder: string) => `
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(folder)} };
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable, log: { format: 'json', level: 'error' } },
  });
  await environment.teardown();
  process.exit(0);
`;

/** The program that was downloaded to a folder; null if there is none, or half of one. */
export async function downloadedIn(folder: string): Promise<string | null> {
  const names = await readdir(folder).catch(() => []);
  const file = names.find((name) => name.startsWith('temporal-') && !name.endsWith('.downloading'));
  return file === undefined ? null : join(folder, file);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Has Temporal's SDK download its development server, which is the Temporal CLI, into an empty folder.
 *
 * @throws with the reason if it cannot, within seconds if nothing comes; nothing goes on in the background then
 */
export async function downloadTemporal(
  folder: string,
  progress: Progress,
  signal?: AbortSignal,
  limits: Partial<DownloadLimits> = {},
): Promise<string> {
  const { silentMs, totalMs, startMs } = { ...defaultLimits, ...limits };
  signal?.throwIfAborted();
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(folder)], {
    cwd: packageRoot,
    env: toolEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const end = () => {
    try {
      // The group: with the server that the SDK may have started.
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  const beganAt = performance.now();
  let bytes = 0;
  let grewAt = beganAt;
  let toldAt = beganAt;
  let wholeAt: number | null = null;
  let gaveUp: string | null = null;
  const look = async () => {
    const [size, whole] = await Promise.all([bytesIn(folder), downloadedIn(folder)]);
    const now = performance.now();
    if (size > bytes) grewAt = now;
    bytes = size;
    if (whole !== null) wholeAt ??= now;
    const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
    if (wholeAt !== null) {
      if (now - wholeAt > startMs) gaveUp = `what was downloaded does not start within ${seconds(startMs)}`;
    } else if (now - grewAt > silentMs) {
      gaveUp = `temporal.download ${bytes === 0 ? 'does not answer' : 'sends no more'}: nothing came for ${seconds(silentMs)}`;
    } else if (now - beganAt > totalMs) gaveUp = `it was not done after ${seconds(totalMs)}`;
    if (gaveUp !== null) end();
    else if (now - toldAt > tellEveryMs) {
      toldAt = now;
      progress(`  … ${(bytes / 1_048_576).toFixed(0)} MiB of Temporal have come, after ${seconds(now - beganAt)}`);
    }
  };
  const looking = setInterval(() => void look(), lookEveryMs);
  const aborted = () => end();
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    if (gaveUp !== null) throw new Error(gaveUp);
    const program = await downloadedIn(folder);
    if (code !== 0 || program === null) throw new Error(reasonIn(said) || 'the SDK downloaded nothing');
    return program;
  } finally {
    clearInterval(looking);
    signal?.removeEventListener('abort', aborted);
    end();
  }
}

/** The line of Node's report of an error that says what it was. */
function reasonIn(said: string): string {
  const line =
    said.split('\n').find((each) => /^\s*\[?(\w*Error|Error)\b.*:/.test(each)) ?? said.trim().split('\n').at(-1);
  return (line ?? '').trim().slice(0, 300);
}
