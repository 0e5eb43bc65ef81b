import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How to start a program that refuses to run as root. */
export interface Unprivileged {
  /** Whose files these must be; null where this process is not root and runs the program as itself. */
  readonly owner: { uid: number; gid: number } | null;
  /** The command line to start, and the user to start it as. */
  command(program: string, args: readonly string[]): { program: string; args: string[]; uid?: number; gid?: number };
}

async function userNamed(name: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function found(program: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = resolve(folder, program);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

/** Whether a user that is neither owner nor in the group may pass through every folder above a file. */
async function reachableByAll(path: string): Promise<boolean> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * PostgreSQL refuses to run as root, so a root process starts it as the user `postgres`, made where it is missing.
 * That user cannot pass through a folder such as /root; where a path leads through one, the program
 * keeps the one capability that lets it.
 *
 * @param paths - what the program must reach
 */
export async function unprivileged(paths: readonly string[]): Promise<Unprivileged> {
  if (process.getuid?.() !== 0) return { owner: null, command: (program, args) => ({ program, args: [...args] }) };
  let owner = await userNamed('postgres');
  if (owner === null) {
    await run('groupadd', ['--system', 'postgres']).catch(() => {});
    await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']).catch(() => {});
    owner = await userNamed('postgres');
  }
  if (owner === null) {
    throw new Error(
      'PostgreSQL does not run as root, and a user named postgres could not be made. ' +
        'Start Everhook as another user, make that user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const { uid, gid } = owner;
  const reachable = (await Promise.all(paths.map(reachableByAll))).every(Boolean);
  if (reachable) return { owner, command: (program, args) => ({ program, args: [...args], uid, gid }) };
  const setpriv = await found('setpriv');
  if (setpriv === null) {
    throw new Error(
      `PostgreSQL runs as the user postgres, who cannot reach ${paths.join(' or ')}. ` +
        'Move Everhook to a folder that other users may pass through, or start it as another user than root.',
    );
  }
  const keep = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return {
    owner,
    command: (program, args) => ({
      program: setpriv,
      args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...keep, program, ...args],
    }),
  };
}
