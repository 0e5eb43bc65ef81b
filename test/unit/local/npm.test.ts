import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

let folder: string;
let silent: Server;
let port: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm '));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  ({ port } = silent.address() as { port: number });
});
afterEach(async () => {
  silent.close();
  await rm(folder, { recursive: true, force: true });
});

/** The set-up's own installation of a package, from a registry on this machine. */
function install() {
  const script = `
    import { npmInstall } from ${JSON.stringify(pathToFileURL(join(packageRoot, 'scripts/npm.mjs')).href)};
    await npmInstall(['--prefix', process.env.FOLDER, 'ms@2.1.3']).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: {
      PATH,
      HOME,
      FOLDER: folder,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: join(folder, 'cache'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    // npm and whatever it starts end with it.
    detached: true,
  });
  let output = '';
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return {
    closed,
    output: () => output,
    said: (text: string) =>
      new Promise<void>((resolve) => {
        const look = () => output.includes(text) && resolve();
        child.stderr.on('data', look);
        look();
      }),
    kill: () => process.kill(-(child.pid as number), 'SIGKILL'),
  };
}

describe('the installation of packages', () => {
  it('shows what it waits for while a registry does not answer', async () => {
    const { said, output, kill, closed } = install();
    await said('answers of the package registry so far');
    expect(output()).toMatch(/… 0 answers of the package registry so far, 1\d s/);
    kill();
    await closed;
  }, 60_000);

  it('shows each failure as it comes where a registry refuses, and ends with what can be done', async () => {
    await new Promise((resolve) => silent.close(resolve));
    const { closed, output } = install();
    expect(await closed).toBe(1);
    expect(output()).toMatch(/npm: fetch GET http:\/\/127\.0\.0\.1:\d+\/ms attempt 1 failed with ECONNREFUSED/);
    expect(output()).toContain('npm config set registry');
  }, 60_000);
});
