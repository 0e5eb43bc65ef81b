import { writeFile } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who gets the CPU where there is not enough for all. */
export type Precedence = 'first' | 'last';

/**
 * A process that is nicer by 5 than another gets a third of the CPU beside it. With 10 it would be a ninth: retries and recoveries would
 * take minutes wherever other programs are busy, and an API that comes first would leave little to PostgreSQL, for which it waits.
 */
const niceness = { first: -5, last: 5 };
/** Linux takes one change in 100 ms from ordinary users, from all processes together. */
const tries = 20;
const pauseMs = 50;

/**
 * Lets a process have more or less of the CPU than others where there is not enough for all. It is a wish: where the system does not
 * grant it, the process goes on as it is. To have more takes root or `CAP_SYS_NICE`.
 */
export async function setPrecedence(pid: number, precedence: Precedence): Promise<void> {
  const wished = getPriority() + niceness[precedence];
  const nice = Math.max(constants.priority.PRIORITY_HIGHEST, Math.min(wished, constants.priority.PRIORITY_LOW));
  try {
    setPriority(pid, nice);
  } catch {
    return;
  }
  // Where Linux groups processes by session, each of ours is a group of its own. Only the group's niceness counts beside other groups.
  for (let left = tries; left > 0; left--) {
    try {
      await writeFile(`/proc/${pid}/autogroup`, `${niceness[precedence]}`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      await sleep(pauseMs);
    }
  }
}
