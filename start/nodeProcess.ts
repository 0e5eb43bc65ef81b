import { join } from 'node:path';
import { type LocalProcess, logTail, startProcess } from '../local/childProcess.ts';
import { packageRoot } from '../server/packageRoot.ts';

/** Long enough for a worker whose Temporal is still coming up. */
const READY_WITHIN_MS = 120_000;

/**
 * The C library gives every thread of Node a heap of its own, which it hardly ever gives back: two are as fast, and take some
 * 20 MB less. A wish of the environment goes before.
 */
const MEMORY = { MALLOC_ARENA_MAX: '2' };

/**
 * Starts a process of the product from its compiled code. Resolves when it says `ready` over the channel.
 *
 * @param entry - below `dist`
 * @param flags - of Node
 * @param files - without ending: `<files>.pid`, and its log
 */
export async function startNode(
  name: string,
  entry: string,
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
  files: { readonly pidFile: string; readonly log: string },
): Promise<LocalProcess> {
  const program = join(packageRoot, 'dist', entry);
  const node = await startProcess(name, process.execPath, [...flags, program], {
    ...files,
    cwd: packageRoot,
    env: { NODE_ENV: 'production', ...MEMORY, ...env },
    ipc: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<'ready'>((resolve) => {
      node.child.on('message', (message) => {
        if (message === 'ready') resolve('ready');
      });
    }),
    node.exited,
    new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), READY_WITHIN_MS);
    }),
  ]);
  clearTimeout(timer);
  if (outcome === 'ready') return node;
  await node.kill();
  const what = outcome === 'late' ? `was not ready within ${READY_WITHIN_MS / 1000} s` : 'ended while starting';
  throw new Error(`${name} ${what}. The end of ${files.log}:\n${logTail(files.log)}`);
}
