import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { cacheFolder } from '../../../local/cache.ts';
import { startTemporal } from '../../../local/temporal.ts';
import { temporalBinaries } from '../../../local/temporalBinaries.ts';
import { temporalCli } from '../../support/temporalCli.ts';

const commonCache = cacheFolder();
const cliName = `temporal-cli-${platform()}-${arch()}`;
const serverName = `temporal-server-1.32.0-${platform()}-${arch()}`;
/** No download lasts longer than this without a byte. Milliseconds. */
const download = { silentMs: 2_000 };

let home: string;
let hung: { readonly server: Server; readonly sockets: Socket[]; readonly url: string };

// Where no other test has fetched it yet. Later there is no way out.
beforeAll(async () => {
  await temporalCli();
}, 300_000);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'binaries '));
  const sockets: Socket[] = [];
  // It accepts, and never answers.
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hung = { server, sockets, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  vi.stubEnv('XDG_CACHE_HOME', home);
  // Only what a test brings is found: Node, and nothing else.
  vi.stubEnv('PATH', join(home, 'bin'));
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'HTTP_PROXY']) vi.stubEnv(name, hung.url);
  for (const name of ['NO_PROXY', 'no_proxy', 'no_grpc_proxy']) vi.stubEnv(name, '');
  await mkdir(join(home, 'bin'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const socket of hung.sockets) socket.destroy();
  await new Promise((resolve) => hung.server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

/** A program on the PATH that is a script. */
async function program(name: string, script: string): Promise<string> {
  const path = join(home, 'bin', name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function found(search: Parameters<typeof temporalBinaries>[1] = {}) {
  const said: string[] = [];
  const binaries = await temporalBinaries((line) => said.push(line), { download, ...search }).catch(
    (error: Error) => error.message,
  );
  return { binaries, said };
}

const realCli = async () => {
  vi.stubEnv('XDG_CACHE_HOME', dirname(commonCache));
  vi.stubEnv('PATH', `/usr/local/bin${delimiter}/usr/bin${delimiter}/bin`);
  const path = await temporalCli();
  vi.stubEnv('XDG_CACHE_HOME', home);
  vi.stubEnv('PATH', join(home, 'bin'));
  return path;
};

describe('a Temporal to start with', () => {
  it('is the one in the cache, before all others', async () => {
    const folder = join(cacheFolder(), serverName);
    await mkdir(folder, { recursive: true });
    for (const name of ['server', 'sql']) {
      await writeFile(join(folder, name), '#!/bin/sh\necho version 1.32.0\n', { mode: 0o755 });
    }
    await program('temporal', 'exit 1');
    const { binaries, said } = await found();
    expect(binaries).toEqual({ kind: 'server', server: join(folder, 'server'), sql: join(folder, 'sql') });
    expect([said, hung.sockets]).toEqual([[], []]);
  });

  it('is the CLI of this machine if the cache has none, and starts within a minute', async () => {
    await symlink(await realCli(), join(home, 'bin', 'temporal'));
    const { binaries, said } = await found();
    expect(binaries).toEqual({ kind: 'cli', cli: 'temporal' });
    expect(said).toEqual([expect.stringMatching(/^Temporal is the CLI on the PATH, version \d/)]);
    expect(hung.sockets).toHaveLength(0);

    const beganAt = performance.now();
    const postgres = { port: 0, folder: home, url: () => inject('postgresUrl'), urlFor: () => inject('postgresUrl') };
    const server = await startTemporal({ folder: home, postgres, progress: (line) => said.push(line) });
    try {
      expect(performance.now() - beganAt).toBeLessThan(60_000);
      expect(await readdir(join(home, 'temporal'))).toContain('temporal.db');
    } finally {
      await server.stop();
    }
    // Its data is there: the next start stays with it.
    expect(await found({ used: 'cli' })).toMatchObject({ binaries: { kind: 'cli' } });
  }, 120_000);

  it('is the CLI that a setting names, or the start ends and says why it cannot be', async () => {
    const cli = await realCli();
    expect((await found({ cli })).binaries).toEqual({ kind: 'cli', cli });
    const old = await program('old', 'echo "temporal version 0.9.0 (Server 1.20.1, UI 2.9.0)"');
    expect((await found({ cli: old })).binaries).toMatch(/^EVERHOOK_TEMPORAL_CLI: .*its server is 1\.20\.1.*update/);
    expect((await found({ cli: join(home, 'none') })).binaries).toMatch(/^EVERHOOK_TEMPORAL_CLI: .*no such program/);
    expect((await found({ cli: await program('other', 'echo something') })).binaries).toMatch(/not the Temporal CLI/);
  });

  it('goes on from a CLI that is too old and from a download that hangs, within seconds, and says so', async () => {
    await program('temporal', 'echo "temporal version 0.9.0 (Server 1.20.1, UI 2.9.0)"');
    const beganAt = performance.now();
    const { binaries, said } = await found();
    // Node and the SDK start, then nothing comes.
    expect(performance.now() - beganAt).toBeLessThan(60_000);
    expect(said).toEqual([
      expect.stringMatching(/^The Temporal CLI on the PATH cannot be used: its server is 1\.20\.1/),
      expect.stringMatching(/^Downloading Temporal by its SDK/),
      expect.stringMatching(
        /^The SDK could not download Temporal: temporal\.download does not answer: nothing came for 2 s/,
      ),
    ]);
    expect(binaries).toMatch(
      /found none here: .*1\.20\.1.*does not answer.*Go is not on the PATH.*EVERHOOK_TEMPORAL_CLI/,
    );
    // Half a download stays nowhere, and nothing of it goes on.
    expect(await readdir(cacheFolder())).toEqual([]);
    const { stdout } = await promisify(execFile)('/bin/ps', ['-eo', 'args']);
    expect(stdout).not.toContain(home);
  }, 120_000);

  it('is built with Go only when nothing else is left', async () => {
    await program(
      'go',
      `case "$1" in version) echo go;; *) for name in server sql; do
         printf '#!/bin/sh\\necho temporal version 1.32.0\\n' > "$GOBIN/$name"; /bin/chmod +x "$GOBIN/$name"; done;; esac`,
    );
    const { binaries, said } = await found();
    expect(binaries).toMatchObject({ kind: 'server', server: join(cacheFolder(), serverName, 'server') });
    expect(said.map((line) => line.slice(0, 24))).toEqual([
      'Downloading Temporal by ',
      'The SDK could not downlo',
      'Building Temporal 1.32.0',
      'Temporal is built, after',
    ]);
    expect(await found()).toMatchObject({ binaries, said: [] });
  }, 120_000);

  it('that is broken or half in the cache is told of and replaced', async () => {
    await mkdir(join(cacheFolder(), serverName), { recursive: true });
    await writeFile(join(cacheFolder(), serverName, 'server'), 'half', { mode: 0o755 });
    await mkdir(join(cacheFolder(), cliName));
    await writeFile(join(cacheFolder(), cliName, 'temporal-sdk.downloading'), 'half');
    await symlink(await realCli(), join(home, 'bin', 'temporal'));
    const { binaries, said } = await found();
    expect(binaries).toEqual({ kind: 'cli', cli: 'temporal' });
    expect(said).toEqual([
      expect.stringMatching(/^The Temporal in .*temporal-server.* is broken \(server: .*\): it is removed/),
      expect.stringMatching(/^The Temporal in .*temporal-cli.* is broken \(the download is not whole\): it is removed/),
      expect.stringMatching(/^Temporal is the CLI on the PATH/),
    ]);
    expect(await readdir(cacheFolder())).toEqual([]);
  });

  it('is given up at once when the start is', async () => {
    const giving = new AbortController();
    const searching = found({ signal: giving.signal, download: { silentMs: 60_000 } });
    while (hung.sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    giving.abort(new Error('asked to end'));
    expect((await searching).binaries).toBe('asked to end');
    expect(await readdir(cacheFolder())).toEqual([]);
  }, 60_000);
});
