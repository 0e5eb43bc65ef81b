import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cached, cacheFolder } from './cache.ts';
import type { Progress } from './progress.ts';

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

async function install(folder: string, progress: Progress): Promise<void> {
  const began = Date.now();
  progress(`Building Temporal ${VERSION} with Go: about 5 minutes on 2 cores, once; kept in ${cacheFolder()}`);
  const packages = ['server', 'tools/sql'].map((path) => `go.temporal.io/server/cmd/${path}@v${VERSION}`);
  const go = spawn('go', ['install', '-v', '-ldflags=-s -w', ...packages], {
    cwd: folder,
    env: { ...process.env, GOBIN: folder, GOFLAGS: '', GO111MODULE: 'on' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let seen = 0;
  const last: string[] = [];
  createInterface({ input: go.stderr }).on('line', (line) => {
    // "go: downloading …" comes before, one line a compiled package after.
    if (!line.startsWith('go: ')) seen += 1;
    last.push(line);
    if (last.length > 10) last.shift();
  });
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    const done = seen === 0 ? 'getting the sources' : `${Math.min(99, Math.round((seen / PACKAGES) * 100))} %`;
    progress(`  … ${done}, ${seconds} s`);
  }, 15_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    go.once('error', reject);
    go.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(last.join('\n'));
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
      const environment = await TestWorkflowEnvironment.createLocal({
        server: { executable, log: { format: 'json', level: 'error' } },
      });
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

/** @throws where there is no Temporal to be had, naming every way to get one */
export async function temporalBinaries(progress: Progress): Promise<TemporalBinaries> {
  const tried: string[] = [];
  const inCache = existsSync(join(cacheFolder(), SERVER));
  if (inCache || (await runs('go', ['version']))) {
    try {
      const folder = await cached(SERVER, progress, (fresh) => install(fresh, progress));
      return { kind: 'server', server: join(folder, 'server'), sql: join(folder, 'sql') };
    } catch (error) {
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
