import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user other than this process's, to run a program as; in the form that `spawn` takes. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

async function userNamed(name: string): Promise<User | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** Retried: of several concurrent starts one makes the user, and the others fail until it exists. */
async function postgresUser(): Promise<User | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const user = await userNamed('postgres');
    if (user !== null) return user;
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 500));
    await run('groupadd', ['--system', 'postgres']).catch(() => {});
    await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']).catch(() => {});
  }
  return userNamed('postgres');
}

/**
 * PostgreSQL refuses to run as root, so a root process starts it as another user: the owner of its data, or for new data
 * the user `postgres`, made if missing.
 *
 * @param data - the folder of its data, which need not exist
 * @returns null if this process is not root and runs the program as itself
 */
export async function unprivileged(data: string): Promise<User | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(data).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = await postgresUser();
  if (user !== null) return user;
  throw new Error(
    'PostgreSQL does not run as root, and a user named postgres could not be made. ' +
      'Start Everhook as another user, make that user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
