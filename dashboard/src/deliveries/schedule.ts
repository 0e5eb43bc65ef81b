import type { DeliveryDetail } from '@everhook/sdk';
import { secondsOf } from '../time/duration.ts';

/** An attempt that follows if all before it fail. */
export interface LaterAttempt {
  readonly number: number;
  /** ISO 8601, after the attempt before it. */
  readonly after: string;
  /** About when: attempts take their time, too. */
  readonly at: string;
}

/** What comes after the next attempt of a waiting delivery, by its webhook's present schedule. */
export function laterAttempts({ attempt, nextAttemptAt, remaining, schedule }: Retry): LaterAttempt[] {
  const later: LaterAttempt[] = [];
  let at = Math.max(Date.parse(nextAttemptAt), 0);
  for (let number = attempt + 1; number <= attempt + remaining; number++) {
    // The first delay stands before the second attempt.
    const after = schedule[number - 2];
    if (after === undefined) break;
    at += (secondsOf(after) ?? 0) * 1_000;
    later.push({ number, after, at: new Date(at).toISOString() });
  }
  return later;
}

type Retry = Pick<NonNullable<DeliveryDetail['retry']>, 'attempt' | 'nextAttemptAt' | 'remaining' | 'schedule'>;
