import { readdirSync, readFileSync } from 'node:fs';

/** `/proc` counts CPU time in ticks of this many a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

function stat(pid: number): { parent: number; cpuSeconds: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces: the fields after it are counted.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(fields[1]), // Its own, and those of children that have ended.
      cpuSeconds: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond,
    };
  } catch {
    return null;
  }
}

/** CPU seconds that these processes and all below them have used. */
export function cpuSeconds(roots: readonly number[]): number {
  const all = new Map<number, { parent: number; cpuSeconds: number }>();
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? stat(Number(name)) : null;
    if (entry) all.set(Number(name), entry);
  }
  const counted = (pid: number): boolean => {
    for (let at: number | undefined = pid; at && at > 1; at = all.get(at)?.parent) if (roots.includes(at)) return true;
    return false;
  };
  let sum = 0;
  for (const [pid, entry] of all) if (counted(pid)) sum += entry.cpuSeconds;
  return sum;
}

/** Most memory that a process has had resident, in MiB. */
export function peakMemoryMb(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1_024;
}
