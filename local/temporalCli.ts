import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { plainEnvironment } from './environment.ts';

/** The oldest server in a CLI that has all that Everhook uses: worker deployments, and fairness among task queues' keys. */
const minServer = [1, 29] as const;

/** Longest time for a program to say its version: it may have to be read from a slow disk. Milliseconds. */
const versionTimeoutMs = 20_000;

export class NoSuchProgram extends Error {}

/** What a program prints for `--version`. @throws with the reason if it does not run */
export async function versionOf(program: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      env: plainEnvironment(),
      timeout: versionTimeoutMs,
    });
    return stdout.trim();
  } catch (error) {
    const { code, killed, stderr } = error as NodeJS.ErrnoException & { killed?: boolean; stderr?: string };
    if (killed) throw new Error(`it said nothing for ${versionTimeoutMs / 1_000} s`);
    if (code === 'ENOENT') throw new NoSuchProgram('there is no such program');
    throw new Error(stderr?.trim().split('\n')[0]?.slice(0, 200) || `it does not run (${code})`);
  }
}

/** Checks that a program is a Temporal CLI that is new enough. @returns its version. @throws with the reason if it is not */
export async function checkCli(program: string): Promise<string> {
  const said = await versionOf(program);
  const [, version, server = ''] = /^temporal version (\S+) \(Server (\d+\.\d+[^,)]*)/i.exec(said) ?? [];
  if (version === undefined) throw new Error('it is not the Temporal CLI');
  const [major = 0, minor = 0] = server.split('.').map(Number);
  if (major < minServer[0] || (major === minServer[0] && minor < minServer[1])) {
    throw new Error(`its server is ${server}, and Everhook needs ${minServer.join('.')} or newer: update the CLI`);
  }
  return version;
}
