import { spawn } from 'node:child_process';

/** As long as a Node that does nothing runs on a machine of two cores that has nothing else to do, in milliseconds. */
const usualMs = 80;

/**
 * How many times slower this machine is now than one that has nothing else to do; 1 at least. It is what a bound of time is multiplied
 * by where several processes, and so no one's CPU time, have to keep it.
 */
export async function slowness(): Promise<number> {
  const beganAt = performance.now();
  await new Promise((resolve) => spawn(process.execPath, ['-e', '']).once('close', resolve));
  return Math.max(1, (performance.now() - beganAt) / usualMs);
}
