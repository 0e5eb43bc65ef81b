import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cached, cacheFolder } from '../../../local/cache.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cache '));
  vi.stubEnv('XDG_CACHE_HOME', home);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const silent = () => {};
const fill = async (folder: string) => writeFile(join(folder, 'file'), 'content');

describe('the folder of the cache', () => {
  const name = join('.cache', 'everhook');

  it.each([
    ['is where XDG_CACHE_HOME says', '/a/cache', '/a/home', join('/a/cache', 'everhook')],
    [
      'is in the home folder where XDG_CACHE_HOME is relative, as its specification asks',
      'a/cache',
      '/a/home',
      join('/a/home', name),
    ],
    ['is in the home folder where XDG_CACHE_HOME is empty', '', '/a/home', join('/a/home', name)],
    ['is in the home folder that the system knows where HOME is empty', '', '', join(userInfo().homedir, name)],
    ['is in the home folder that the system knows where HOME is relative', '', 'home', join(userInfo().homedir, name)],
  ])('%s', (_, cacheHome, homeFolder, expected) => {
    vi.stubEnv('XDG_CACHE_HOME', cacheHome);
    vi.stubEnv('HOME', homeFolder);
    expect(cacheFolder()).toBe(expected);
  });
});

describe('cached', () => {
  it('fills a folder once, also when several ask at the same time', async () => {
    const filled: string[] = [];
    const ask = () =>
      cached('thing-1', silent, async (folder) => {
        filled.push(folder);
        await fill(folder);
      });
    const folders = await Promise.all([ask(), ask(), ask()]);
    expect(filled).toHaveLength(1);
    expect(new Set(folders)).toEqual(new Set([join(cacheFolder(), 'thing-1')]));
    expect(await readFile(join(cacheFolder(), 'thing-1', 'file'), 'utf8')).toBe('content');
  });

  it('leaves nothing of a folder that could not be filled, and fills it the next time', async () => {
    const failing = async (folder: string) => {
      await fill(folder);
      throw new Error('no room');
    };
    await expect(cached('thing-1', silent, failing)).rejects.toThrow('no room');
    expect(await readdir(cacheFolder())).toEqual([]);
    await cached('thing-1', silent, fill);
    expect(await readdir(cacheFolder())).toEqual(['thing-1']);
  });

  it('takes the lock of a process that was killed, and what it half filled', async () => {
    const lock = join(cacheFolder(), 'thing-1.lock');
    await mkdir(lock, { recursive: true });
    await mkdir(join(cacheFolder(), 'thing-1.new', 'half'), { recursive: true });
    await writeFile(join(lock, 'owner.json'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    const folder = await cached('thing-1', silent, fill);
    expect(await readdir(folder)).toEqual(['file']);
    expect(existsSync(lock)).toBe(false);
  });
});
