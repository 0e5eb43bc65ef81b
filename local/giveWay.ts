import { writeFile } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process that is nicer by this much gets a third of the CPU of another beside it, where there is not enough for both. With 10 it
 * would be a ninth, and retries and recoveries would take minutes wherever other programs are busy.
 */
const nicer = 5;
/** Linux takes one change in 100 ms from ordinary users, from all processes together. */
const tries = 20;
const pauseMs = 50;

/**
 * Lets a process have less of the CPU than others where there is not enough for all. It is a wish: where the system does not grant
 * it, the process goes on as it is.
 */
export async function giveWay(pid: number): Promise<void> {
  try {
    setPriority(pid, Math.min(getPriority() + nicer, constants.priority.PRIORITY_LOW));
  } catch {
    return;
  }
  // Where Linux groups processes by session, each of ours is a group of its own. Only the group's niceness counts beside other groups.
  for (let left = tries; left > 0; left--) {
    try {
      await writeFile(`/proc/${pid}/autogroup`, `${nicer}`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      await sleep(pauseMs);
    }
  }
}
