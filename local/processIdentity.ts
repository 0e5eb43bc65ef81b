import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Identifies a process safely: process ids are reused, but not together with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly startedAt: string;
}

/**
 * When a process started, by the system's record.
 *
 * @returns null if there is no such process, or it has ended and only waits for its parent
 */
async function startTime(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    // proc(5): the name in brackets may hold spaces and brackets itself; after the last one come state (3rd field) and start time (22nd).
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
    if (stat === null) return null;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    // Ticks since boot alone repeat after a reboot.
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
    return `${boot.trim()}/${fields[19]}`;
  }
  const ps = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => null);
  const line = ps?.stdout.trim() ?? '';
  return line === '' || line.startsWith('Z') ? null : line.slice(line.indexOf(' ') + 1).trim();
}

/** @returns null if there is no such process any more */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const startedAt = await startTime(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** Whether this very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await startTime(identity.pid)) === identity.startedAt;
}

/**
 * Ends a process that is not (or no longer) our child: asks, waits, and kills it if it has not ended by then. Does
 * nothing if the process id now belongs to another process.
 *
 * @param giveUp - gives up the wait: what was asked to end may go on
 */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
  giveUp?: AbortSignal,
): Promise<void> {
  for (const [each, patience] of [
    [signal, timeoutMs],
    ['SIGKILL', 10_000],
  ] as const) {
    if (!(await isRunning(identity))) return;
    try {
      process.kill(identity.pid, each);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    // The end of a process that is not a child can only be polled.
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!(await isRunning(identity))) return;
      giveUp?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Process ${identity.pid} does not end, not even by SIGKILL. End it by hand and start again.`);
}
