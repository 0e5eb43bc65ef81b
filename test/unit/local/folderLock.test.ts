import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../../local/folderLock.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lock '));
  folder = join(parent, 'lock');
});
afterEach(() => rm(parent, { recursive: true }));

/** A lock with that owner, as old as that. */
async function left(owner: string | null, ageMs: number): Promise<void> {
  await mkdir(folder);
  if (owner !== null) await writeFile(join(folder, 'owner.json'), owner);
  const at = new Date(Date.now() - ageMs);
  await utimes(folder, at, at);
}

const killed = JSON.stringify({ pid: process.pid, startedAt: 'long ago' });

describe('a lock', () => {
  it.each([
    ['whose owner was killed', killed, 0],
    ['that has no owner, because whoever took it was killed at once', null, 0],
    ['whose owner a power cut left empty', '', 60_000],
    ['whose owner a full disk cut off', '{"pid":1', 60_000],
  ])('%s is taken', async (_, owner, ageMs) => {
    await left(owner, ageMs);
    const lock = await tryLock(folder);
    expect(lock).toHaveProperty('release');
    expect(await tryLock(folder)).toMatchObject({ holder: { pid: process.pid } });
  });

  it('is held while its owner is only just being written', async () => {
    await left('', 0);
    expect(await tryLock(folder)).toEqual({ holder: null });
  });

  it('is not held up by what an earlier process left beside it', async () => {
    await left(killed, 0);
    await mkdir(join(parent, `lock.${process.pid}`, 'half removed'), { recursive: true });
    expect(await tryLock(folder)).toHaveProperty('release');
  });

  it('that was taken over is not put away by a process that found it abandoned too, and comes later', async () => {
    await left(killed, 0);
    expect(await tryLock(folder)).toHaveProperty('release');
    const [away = ''] = (await readdir(parent)).filter((name) => name !== 'lock');
    expect(away, 'what the later one would rename it to').toMatch(/^lock\.abandoned-/);
    await expect(rename(folder, join(parent, away))).rejects.toThrow('ENOTEMPTY');
  });

  it('has one holder where many find it abandoned at the same time, and is gone when it is released', async () => {
    for (let round = 0; round < 5; round++) {
      await left(killed, 0);
      const found = await Promise.all(Array.from({ length: 8 }, () => tryLock(folder)));
      const taken = found.filter((each) => 'release' in each);
      expect(taken).toHaveLength(1);
      await taken[0]?.release();
      expect((await readdir(parent)).filter((name) => !name.includes('abandoned'))).toEqual([]);
    }
  });
});
