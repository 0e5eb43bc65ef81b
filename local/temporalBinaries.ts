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

/** A Temporal to run here: the server, which keeps its data in PostgreSQL, or the CLI's development server with a file of its own. */
export type TemporalBinaries =
  | { readonly kind: 'server'; readonly server: string; readonly sql: string }
  | { readonly kind: 'cli'; readonly cli: string };

/** 1.32.2 wants a newer Go than 1.32.0. */
const VERSION = '1.32.0';
const SERVER = `temporal-server-${VERSION}-${platform()}-${arch()}`;
/** How many packages `go install -v` names on the way, roughly. */
const PACKAGES = 1_900;

async function runs(program: string, args: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}

/** Without a word for so long while it gets the sources, which it names one by one. */
const SILENT_MS = 90_000;

async function install(folder: string, progress: Progress, signal?: AbortSignal): Promise<void> {
  const began = Date.now();
  progress(`Building Temporal ${VERSION} with Go: about 5 minutes on 2 cores, once; kept in ${cacheFolder()}`);
  const packages = ['server', 'tools/sql'].map((path) => `go.temporal.io/server/cmd/${path}@v${VERSION}`);
  let seen = 0;
  await watchedCommand({
    program: 'go',
    args: ['install', '-v', '-ldflags=-s -w', ...packages],
    cwd: folder,
    env: { ...toolEnvironment(), GOBIN: folder, GOFLAGS: '', GO111MODULE: 'on' },
    progress,
    // "go: downloading …" comes before, one line a compiled package after.
    onLine: (line) => {
      if (!line.startsWith('go: ')) seen += 1;
    },
    waiting: (line) =>
      seen === 0
        ? `getting the sources from Go's module proxy${line === '' ? ', which has not answered yet' : ` (${line.slice(0, 100)})`}`
        : `${Math.min(99, Math.round((seen / PACKAGES) * 100))} %`,
    silentMs: () => (seen === 0 ? SILENT_MS : null),
    ...(signal ? { signal } : {}),
  });
  progress(`Temporal is built, after ${Math.round((Date.now() - began) / 1000)} s`);
}

/** The development server that Temporal's SDK downloads for tests; null where it cannot be had. */
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
 * @throws where there is no Temporal to be had, naming every way to get one
 */
export async function temporalBinaries(progress: Progress, signal?: AbortSignal): Promise<TemporalBinaries> {
  const tried: string[] = [];
  const inCache = existsSync(join(cacheFolder(), SERVER));
  if (inCache || (await runs('go', ['version']))) {
    try {
      const folder = await cached(SERVER, progress, (fresh) => install(fresh, progress, signal));
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
    `Everhook needs Temporal, and none is to be had here: ${tried.join('; ')}. Do one of these and start again: ` +
      'set TEMPORAL_ADDRESS to a Temporal that runs; install Go (1.26 or newer) and let Everhook build the server; ' +
      'install the Temporal CLI (docs.temporal.io/cli); allow the download that the SDK tried.',
  );
}
