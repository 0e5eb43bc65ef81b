import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { identify } from '../../../local/processIdentity.ts';
import { openDataFolder } from '../../../start/dataFolder.ts';

let path: string;

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'data ')), 'folder');
});
afterEach(() => rm(path, { recursive: true, force: true }));

describe('the data folder', () => {
  it('serves one supervisor at a time, and says who has it', async () => {
    const folder = await openDataFolder(path);
    await expect(openDataFolder(path)).rejects.toThrow(new RegExp(`process ${process.pid}.*EVERHOOK_DATA_DIR`));
    await folder.release();
    await (await openDataFolder(path)).release();
  });

  it('is taken over from a supervisor that was killed', async () => {
    await mkdir(join(path, 'lock'), { recursive: true });
    await writeFile(join(path, 'lock', 'owner.json'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    await (await openDataFolder(path)).release();
  });

  it('ends together what a killed supervisor left, Temporal without patience, and is given up at once when asked to', async () => {
    await mkdir(join(path, 'temporal'), { recursive: true });
    const deaf =
      "process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1_000); console.log('runs');";
    const left = ['api.pid', 'worker.pid', 'temporal/temporal.pid'].map((file) => {
      const child = spawn(process.execPath, ['-e', deaf], { stdio: ['ignore', 'pipe', 'inherit'] });
      const said = (text: string) =>
        new Promise<void>((resolve) => {
          child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunk.includes(text) && resolve());
        });
      return { file, child, runs: said('runs'), asked: said('asked'), ended: once(child, 'close') };
    });
    try {
      for (const { file, child, runs } of left) {
        await runs;
        await writeFile(join(path, file), JSON.stringify(await identify(child.pid as number)));
      }
      const ending = new AbortController();
      const opening = openDataFolder(path, ending.signal);
      opening.catch(() => {});
      await Promise.all(left.map(({ asked }) => asked));
      expect(await left[2]?.ended, 'Temporal').toEqual([null, 'SIGKILL']);
      ending.abort(new Error('asked to end'));
      await expect(opening).rejects.toThrow('asked to end');
      expect(await readdir(path)).not.toContain('lock');
    } finally {
      for (const { child, ended } of left) {
        child.kill('SIGKILL');
        await ended;
      }
    }
  }, 10_000);

  it('makes encryption keys once, that only their owner may read', async () => {
    const folder = await openDataFolder(path);
    const keys = await folder.encryptionKeys();
    expect(parseKeyRing(keys).open(parseKeyRing(keys).seal('secret', 'here'), 'here')).toBe('secret');
    expect((await stat(folder.file('encryption-keys'))).mode & 0o777).toBe(0o600);
    expect(await folder.encryptionKeys()).toBe(keys);
    await folder.release();
  });

  it('remembers the ports of the last start', async () => {
    const folder = await openDataFolder(path);
    expect(await folder.ports()).toEqual({});
    await folder.keepPorts({ postgres: 20_000, temporal: [20_001] });
    expect(await folder.ports()).toEqual({ postgres: 20_000, temporal: [20_001] });
    await folder.release();
  });
});
