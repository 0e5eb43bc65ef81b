import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programsFor } from '../../../local/sharedPrograms.ts';
import type { User } from '../../../local/unprivileged.ts';

/** Another user than root; for an ordinary user, who cannot run programs as anybody else, that one. */
const user: User =
  process.getuid?.() === 0
    ? { uid: 65_534, gid: 65_534 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const isRoot = process.getuid?.() === 0;

let closed: string;
let open: string;
const programs = () => ({ folder: join(closed, 'programs'), name: 'programs-1', program: join('bin', 'program') });
const version = (folder: string) =>
  promisify(execFile)(join(folder, 'bin', 'program'), ['--version'], { ...user, cwd: '/' }).then((ran) => ran.stdout);

beforeEach(async () => {
  closed = await mkdtemp(join(tmpdir(), 'everhook closed '));
  // A place that everybody may enter.
  open = join(await mkdtemp(join(tmpdir(), 'everhook open ')), 'place');
  await mkdir(open);
  await chmod(dirname(open), 0o755);
  const { folder } = programs();
  await mkdir(join(folder, 'bin'), { recursive: true, mode: 0o700 });
  await copyFile('/bin/cat', join(folder, 'bin', 'program'));
  await chmod(join(folder, 'bin', 'program'), 0o700);
});

afterEach(async () => {
  await rm(closed, { recursive: true, force: true });
  await rm(dirname(open), { recursive: true, force: true });
});

describe('programs that another user is to run', () => {
  it('are run where they are if that user comes there, else from a copy that it can reach', async () => {
    const folder = await programsFor(user, programs(), [open]);
    expect(folder).toBe(isRoot ? join(open, 'everhook', 'programs-1') : programs().folder);
    expect(await version(folder)).toMatch(/cat/);
    // A second start takes the same copy.
    const { ino } = await stat(folder);
    expect((await stat(await programsFor(user, programs(), [open]))).ino).toBe(ino);
  });

  it('are copied anew where the copy was damaged', async () => {
    const folder = await programsFor(user, programs(), [open]);
    if (isRoot) await rm(join(folder, 'bin', 'program'));
    expect(await version(await programsFor(user, programs(), [open]))).toMatch(/cat/);
  });

  it('are not run from a place that others may write to, nor from one that cannot be used: the next one is tried', async () => {
    const shared = join(dirname(open), 'shared');
    await mkdir(join(shared, 'everhook'), { recursive: true });
    await chmod(join(shared, 'everhook'), 0o777);
    const file = join(dirname(open), 'file');
    await writeFile(file, '');
    const folder = await programsFor(user, programs(), [shared, file, open]);
    expect(folder).toBe(isRoot ? join(open, 'everhook', 'programs-1') : programs().folder);
  });

  it('name every place that was tried where there is none, and what to do', async () => {
    const nowhere = { ...programs(), program: join('bin', 'missing') };
    await expect(programsFor(user, nowhere, [open])).rejects.toThrow(
      new RegExp(`${closed}.*\\n.*${open}.*\\n.*DATABASE_URL`),
    );
  });
});
