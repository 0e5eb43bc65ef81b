import type { Pool } from 'pg';
import { firstId } from '../ground/idTime.ts';
import type { RecoveryKind } from '../store/prisma/enums.ts';
import { type CountRow, type Selection, type WindowSize, windowsOf } from './selection.ts';

/** What a recovery would send. */
export interface Recoverable {
  readonly failed: number;
  readonly cancelled: number;
  readonly missed: number;
  /** Whether counting stopped at a bound: there may be more of each. */
  readonly isAtLeast: boolean;
}

/** Counting one kind stops after so many, or so many rows read, or so long. */
export const maxCounted = 100_000;
const maxRead = 500_000;
const maxMs = 3_000;
/** What one statement reads: some tens of milliseconds. */
const countedAtOnce: WindowSize = { rows: 5_000, pairs: 20_000 };

/** Counts the next part of a selection of one kind. @returns null if the selection can have none of that kind */
export async function countWindow(
  pool: Pick<Pool, 'query'>,
  selection: Selection,
  after: string,
): Promise<CountRow | null> {
  const [window] = windowsOf(selection, after, countedAtOnce, 'count');
  return window ? ((await pool.query<CountRow>(window.statement)).rows[0] ?? null) : null;
}

/** Counts what a recovery would send now, by the same statements. The caller must check permissions. */
export async function countRecoverable(pool: Pick<Pool, 'query'>, selection: Selection): Promise<Recoverable> {
  const counts: Record<RecoveryKind, number> = { FAILED: 0, CANCELLED: 0, MISSED: 0 };
  const beganAt = performance.now();
  let isAtLeast = false;
  for (const kind of selection.include) {
    let after = firstId;
    for (let read = 0; ; read += countedAtOnce.rows) {
      const window = await countWindow(pool, { ...selection, include: [kind] }, after);
      if (!window) break;
      const { more, last, count } = window;
      counts[kind] += count;
      if (!more || last === null) break;
      if (counts[kind] >= maxCounted || read >= maxRead || performance.now() - beganAt > maxMs) {
        isAtLeast = true;
        break;
      }
      after = last;
    }
  }
  return { failed: counts.FAILED, cancelled: counts.CANCELLED, missed: counts.MISSED, isAtLeast };
}

export const totalOf = ({ failed, cancelled, missed }: Recoverable): number => failed + cancelled + missed;
