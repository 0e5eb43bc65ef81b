import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { cached, cacheFolder } from './cache.ts';
import type { Progress } from './progress.ts';
import { buildTemporal, hasGo, temporalVersion } from './temporalBuild.ts';
import { checkCli, NoSuchProgram, versionOf } from './temporalCli.ts';
import { type DownloadLimits, downloadedIn, downloadTemporal } from './temporalDownload.ts';

/**
 * A Temporal to run here: the server, which keeps its data in PostgreSQL, or the CLI's development server with its own
 * file.
 */
export type TemporalBinaries =
  | { readonly kind: 'server'; readonly server: string; readonly sql: string }
  | { readonly kind: 'cli'; readonly cli: string };

export interface TemporalSearch {
  /** A Temporal CLI to use before any other; null or absent: one on the PATH. */
  readonly cli?: string | null;
  /** What the data folder was used with before: preferred where both are there. */
  readonly used?: TemporalBinaries['kind'] | null;
  readonly signal?: AbortSignal | undefined;
  readonly download?: Partial<DownloadLimits>;
}

const serverFolder = `temporal-server-${temporalVersion}-${platform()}-${arch()}`;
const cliFolder = `temporal-cli-${platform()}-${arch()}`;

const ofServer = (folder: string): TemporalBinaries => ({
  kind: 'server',
  server: join(folder, 'server'),
  sql: join(folder, 'sql'),
});

async function checkServer(folder: string): Promise<void> {
  for (const program of ['server', 'sql']) {
    const said = await versionOf(join(folder, program)).catch((error: Error) => {
      throw new Error(`${program}: ${error.message}`);
    });
    if (!said.includes(temporalVersion)) throw new Error(`${program} is not of version ${temporalVersion}`);
  }
}

async function cliIn(folder: string): Promise<string> {
  const program = await downloadedIn(folder);
  if (program === null) throw new Error('the download is not whole');
  await checkCli(program);
  return program;
}

/** What the cache has of one kind, if it runs; what does not is removed, so that it is got anew. */
async function inCache<T>(name: string, check: (folder: string) => Promise<T>, progress: Progress): Promise<T | null> {
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) return null;
  try {
    return await check(folder);
  } catch (error) {
    progress(`The Temporal in ${folder} is broken (${reason(error)}): it is removed, and got anew`);
    await rm(folder, { recursive: true, force: true });
    return null;
  }
}

function reason(error: unknown): string {
  const { message } = error as Error;
  return message.trim().split('\n').slice(-3).join(' ').slice(0, 400);
}

/**
 * Finds a Temporal, the quickest way first: in the cache; the Temporal CLI of this machine; by the SDK's download, which
 * takes seconds or is given up after seconds; built with Go, which takes minutes. Says what it does, and why it goes on.
 *
 * @throws if none can be found; the error names every way to get one. A CLI that was named and cannot be used ends the search
 */
export async function temporalBinaries(progress: Progress, search: TemporalSearch = {}): Promise<TemporalBinaries> {
  const { cli: named = null, used = null, signal, download } = search;
  const tried: string[] = [];
  const failed = (what: string, error: unknown) => {
    signal?.throwIfAborted();
    tried.push(`${what} (${reason(error)})`);
    progress(`${what}: ${reason(error)}`);
  };
  if (named !== null) {
    const version = await checkCli(named).catch((error: Error) => {
      throw new Error(`EVERHOOK_TEMPORAL_CLI: ${named} cannot be used: ${error.message}.`);
    });
    progress(`Temporal is the CLI that EVERHOOK_TEMPORAL_CLI names, version ${version}`);
    return { kind: 'cli', cli: named };
  }

  const onPath = async (): Promise<TemporalBinaries | null> => {
    try {
      progress(`Temporal is the CLI on the PATH, version ${await checkCli('temporal')}`);
      return { kind: 'cli', cli: 'temporal' };
    } catch (error) {
      if (error instanceof NoSuchProgram) tried.push('the Temporal CLI is not on the PATH');
      else failed('The Temporal CLI on the PATH cannot be used', error);
      return null;
    }
  };
  const server = async (): Promise<TemporalBinaries | null> => {
    const found = await inCache(serverFolder, (folder) => checkServer(folder).then(() => folder), progress);
    return found === null ? null : ofServer(found);
  };
  const downloaded = async (): Promise<TemporalBinaries | null> => {
    const cli = await inCache(cliFolder, cliIn, progress);
    return cli === null ? null : { kind: 'cli', cli };
  };
  // Its data is where the kind that was used before keeps it.
  const ways = used === 'cli' ? [downloaded, onPath, server] : [server, downloaded, onPath];
  for (const find of ways) {
    signal?.throwIfAborted();
    const found = await find();
    if (found === null) continue;
    if (used !== null && used !== found.kind) {
      progress('It keeps its data elsewhere than the one before: Everhook finds what waits in its own database');
    }
    return found;
  }

  try {
    const folder = await cached(cliFolder, progress, async (fresh) => {
      progress('Downloading Temporal by its SDK, once: some seconds if it can be reached');
      await downloadTemporal(fresh, progress, signal, download);
      await cliIn(fresh);
    });
    return { kind: 'cli', cli: await cliIn(folder) };
  } catch (error) {
    failed('The SDK could not download Temporal', error);
  }

  if (await hasGo()) {
    try {
      const folder = await cached(serverFolder, progress, (fresh) => buildTemporal(fresh, progress, signal));
      await checkServer(folder);
      return ofServer(folder);
    } catch (error) {
      failed('Temporal could not be built with Go', error);
    }
  } else tried.push('Go is not on the PATH');
  throw new Error(
    `Everhook needs Temporal, and found none here: ${tried.join('; ')}. Do one of these and start again: ` +
      'set TEMPORAL_ADDRESS to a running Temporal; install the Temporal CLI (docs.temporal.io/cli), or name it in ' +
      'EVERHOOK_TEMPORAL_CLI; allow the download that the SDK tried; install Go (1.26 or newer) and let Everhook build the server.',
  );
}
