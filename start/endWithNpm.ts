import { readFileSync } from 'node:fs';

const lookMs = 500;

/** npm and npx name themselves so in the list of processes. */
function isNpm(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('npm ');
  } catch {
    // It has ended, or the system has no such list.
    return false;
  }
}

/** @returns 0, which no process has, where that is not known */
function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The npm that started this process, itself or by a shell. */
const npm = (): number | null => [process.ppid, parentOf(process.ppid)].find(isNpm) ?? null;

/**
 * npm and npx end at SIGTERM without passing it on. A program that one of them started would run on behind it, so it asks itself
 * to end once it is gone.
 */
export function endWithNpm(): void {
  const starter = npm();
  if (starter === null) return;
  const timer = setInterval(() => {
    if (isNpm(starter)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookMs).unref();
}
