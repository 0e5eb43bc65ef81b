import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cacheFolder } from './cache.ts';
import { toolEnvironment } from './environment.ts';
import type { Progress } from './progress.ts';
import { watchedCommand } from './watchedCommand.ts';

/** 1.32.2 needs a newer Go than 1.32.0. */
export const temporalVersion = '1.32.0';
/** How many packages `go install -v` names while it builds, roughly. */
const packageCount = 1_900;
/** Longest silence while Go downloads sources, each of which it names. Milliseconds. */
const maxSilenceMs = 90_000;

/** Whether Go is on the PATH. */
export const hasGo = (): Promise<boolean> =>
  promisify(execFile)('go', ['version'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );

/** Builds Temporal's server and its tool for schemas with Go, into an empty folder. */
export async function buildTemporal(folder: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const began = Date.now();
  progress(`Building Temporal ${temporalVersion} with Go: about 5 minutes on 2 cores, once; kept in ${cacheFolder()}`);
  const packages = ['server', 'tools/sql'].map((path) => `go.temporal.io/server/cmd/${path}@v${temporalVersion}`);
  let seen = 0;
  await watchedCommand({
    program: 'go',
    args: ['install', '-v', '-ldflags=-s -w', ...packages],
    cwd: folder,
    env: { ...toolEnvironment(), GOBIN: folder, GOFLAGS: '', GO111MODULE: 'on' },
    progress,
    // "go: downloading …" comes first, then one line for each compiled package.
    onLine: (line) => {
      if (!line.startsWith('go: ')) seen += 1;
    },
    waiting: (line) =>
      seen === 0
        ? `getting the sources from Go's module proxy${line === '' ? ', which has not answered yet' : ` (${line.slice(0, 100)})`}`
        : `${Math.min(99, Math.round((seen / packageCount) * 100))} %`,
    silentMs: () => (seen === 0 ? maxSilenceMs : null),
    ...(signal ? { signal } : {}),
  });
  progress(`Temporal is built, after ${Math.round((Date.now() - began) / 1000)} s`);
}
