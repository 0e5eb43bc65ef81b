import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

let clone: string;
let alone: <T>(work: () => Promise<T>) => Promise<T>;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'clone '));
  await cp(join(packageRoot, 'scripts/step.mjs'), join(clone, 'scripts/step.mjs'));
  ({ alone } = await import(pathToFileURL(join(clone, 'scripts/step.mjs')).href));
});
afterEach(() => rm(clone, { recursive: true }));

describe('a set-up', () => {
  const another = JSON.stringify({ pid: process.ppid, startedAt: 'long ago' });
  const itself = JSON.stringify({ pid: process.pid, startedAt: 'long ago' });

  it.each([
    ['whose id another process has by now', { 'owner.json': another }, 0],
    ['whose id this very process has by now, as in a new container', { 'owner.json': itself }, 0],
    ['before it had said who it is', {}, 0],
    ['by a power cut, which left the file empty', { 'owner.json': '' }, 10_000],
    ['of an earlier version', { pid: String(process.ppid) }, 10_000],
  ])(
    'does not wait for one that was killed %s',
    async (_, files, ageMs) => {
      const lock = join(clone, '.setup.lock');
      await mkdir(lock);
      for (const [name, content] of Object.entries(files)) await writeFile(join(lock, name), content);
      const at = new Date(Date.now() - ageMs);
      await utimes(lock, at, at);
      expect(await alone(async () => 'done')).toBe('done');
    },
    5_000,
  );

  it('waits for one that runs', async () => {
    const order: string[] = [];
    let end = () => {};
    const first = alone(async () => {
      order.push('first begins');
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      order.push('first ends');
    });
    await expect.poll(() => order).toEqual(['first begins']);
    const second = alone(async () => order.push('second'));
    end();
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });
});
