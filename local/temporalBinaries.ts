import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheFolder } from './cache.ts';
import { toolEnvironment } from './environment.ts';
import type { Progress } from './progress.ts';
import { watched, watchedCommand } from './watchedCommand.ts';

/**
 * A Temporal to run here: the server, which keeps its data in PostgreSQL, or the CLI's development server with its own
 * file.
 */
export type TemporalBinaries =
  | { readonly kind: 'server'; readonly server: string; readonly sql: string }
  | { readonly kind: 'cli'; readonly cli: string };

/** 1.32.2 needs a newer Go than 1.32.0. */
const temporalVersion = '1.32.0';
const serverFolder = `temporal-server-${temporalVersion}-${platform()}-${arch()}`;
/** How many packages `go install -v` names while it builds, roughly. */
const packageCount = 1_900;

async function runs(program: string, args: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}

/** Longest silence while Go downloads sources, each of which it names. Milliseconds. */
const maxSilenceMs = 90_000;

async function install(folder: string, progress: Progress, signal?: AbortSignal): Promise<void> {
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

/** The development server that Temporal's SDK downloads for tests; null if it cannot be downloaded. */
async function downloaded(progress: Progress): Promise<string | null> {
  const find = async (folder: string) => {
    const file = (await readdir(folder)).find((name) => name.startsWith('temporal-') && !name.endsWith('.downloading'));
    return file === undefined ? null : join(folder, file);
  };
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const folder = await cached(`temporal-cli-${platform()}-${arch()}`, progress, async (fresh) => {
      progress('Downloading the Temporal development server');
      const executable = { type: 'cached-download', downloadDir: fresh } as const;
      const environment = await watched(
        'waiting for the download from temporal.download',
        TestWorkflowEnvironment.createLocal({ server: { executable, log: { format: 'json', level: 'error' } } }),
        progress,
      );
      await environment.teardown();
      if ((await find(fresh)) === null) throw new Error('The SDK downloaded no server.');
    });
    return await find(folder);
  } catch (error) {
    progress(`The Temporal development server could not be downloaded: ${reason(error)}`);
    return null;
  }
}

function reason(error: unknown): string {
  const { message } = error as Error;
  return message.trim().split('\n').slice(-3).join(' ').slice(0, 400);
}

/**
 * @param signal - gives up
 * @throws if no Temporal can be found; the error names every way to get one
 */
export async function temporalBinaries(progress: Progress, signal?: AbortSignal): Promise<TemporalBinaries> {
  const tried: string[] = [];
  const inCache = existsSync(join(cacheFolder(), serverFolder));
  if (inCache || (await runs('go', ['version']))) {
    try {
      const folder = await cached(serverFolder, progress, (fresh) => install(fresh, progress, signal));
      return { kind: 'server', server: join(folder, 'server'), sql: join(folder, 'sql') };
    } catch (error) {
      signal?.throwIfAborted();
      tried.push(`building it with Go failed: ${reason(error)}`);
      progress(`Temporal could not be built with Go: ${reason(error)}`);
    }
  } else tried.push('Go is not on the PATH');
  if (await runs('temporal', ['--version'])) return { kind: 'cli', cli: 'temporal' };
  tried.push('the Temporal CLI is not on the PATH');
  const cli = await downloaded(progress);
  if (cli !== null) return { kind: 'cli', cli };
  tried.push("the SDK's development server could not be downloaded");
  throw new Error(
    `Everhook needs Temporal, and found none here: ${tried.join('; ')}. Do one of these and start again: ` +
      'set TEMPORAL_ADDRESS to a running Temporal; install Go (1.26 or newer) and let Everhook build the server; ' +
      'install the Temporal CLI (docs.temporal.io/cli); allow the download that the SDK tried.',
  );
}
