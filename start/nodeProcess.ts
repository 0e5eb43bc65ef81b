import { join } from 'node:path';
import { packageRoot } from '../core/ground/packageRoot.ts';
import { type LocalProcess, logTail, startProcess } from '../local/childProcess.ts';
import { howItEnded } from '../local/howItEnded.ts';
import type { Progress } from '../local/progress.ts';
import type { ProcessMessage } from '../server/processes/runProcess.ts';
import { memoryEnvironment } from './nodeFlags.ts';

/** Long enough for a worker whose Temporal is still starting. */
const readyTimeoutMs = 120_000;

export interface NodeProcessOptions {
  /** Flags of Node. */
  readonly flags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Remembers the process. Without it, one that a killed supervisor left is not ended. */
  readonly pidFile?: string;
  /** Default: this process's standard output and standard error. */
  readonly log?: string;
  /** Gets what the process waits for while it starts. */
  readonly progress: Progress;
  /** Whether a process that waits for an external part counts as started; it continues by itself once that part is there. */
  readonly mayWait: boolean;
  /** Ends the process while it starts. */
  readonly signal: AbortSignal;
}

/**
 * Starts a process of the product from its compiled code. Resolves when it sends `ready` over the channel.
 *
 * @param entry - below `dist`
 */
export async function startNode(name: string, entry: string, options: NodeProcessOptions): Promise<LocalProcess> {
  const { flags, env, pidFile, log, progress, mayWait, signal } = options;
  signal.throwIfAborted();
  const program = join(packageRoot, 'dist', entry);
  const node = await startProcess(name, process.execPath, [...flags, program], {
    ...(pidFile === undefined ? {} : { pidFile }),
    ...(log === undefined ? {} : { log }),
    cwd: packageRoot,
    env: { NODE_ENV: 'production', ...memoryEnvironment, ...env },
    ipc: true,
  });
  // Ending what an earlier start left may take long; an abort meanwhile emits no further event.
  if (signal.aborted) {
    await node.kill();
    signal.throwIfAborted();
  }
  let timer: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<'ready'>((resolve) => {
      node.child.on('message', (message: ProcessMessage) => {
        if (message === 'ready') resolve('ready');
        else {
          // It lives, and says why it is not ready.
          timer?.refresh();
          progress(`${name} waits. ${message.waiting}`);
          if (mayWait) resolve('ready');
        }
      });
    }),
    node.exited,
    new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), readyTimeoutMs);
    }),
    new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true })),
  ]);
  clearTimeout(timer);
  if (outcome === 'ready') return node;
  await node.kill();
  signal.throwIfAborted();
  const what =
    typeof outcome === 'string'
      ? `${name} was not ready within ${readyTimeoutMs / 1000} s.`
      : `${howItEnded(name, outcome)} It was starting.`;
  throw new Error(log === undefined ? what : `${what} The end of ${log}:\n${logTail(log)}`);
}
