import { exitCodes } from './codes.ts';

/**
 * Runs what Ctrl-C ends in order, with exit code 0. A second Ctrl-C ends the process at once.
 *
 * @param work - ends soon after its signal aborts
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const end = () => {
    if (ending.signal.aborted) process.exit(exitCodes.interrupted.code);
    ending.abort();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);
  try {
    await work(ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, end);
  }
}

/** What the program says when Ctrl-C ends long work on the service, which goes on. @returns takes it back */
export function onInterrupt(say: () => void): () => void {
  const end = () => {
    say();
    process.exit(exitCodes.interrupted.code);
  };
  process.once('SIGINT', end);
  return () => process.off('SIGINT', end);
}
