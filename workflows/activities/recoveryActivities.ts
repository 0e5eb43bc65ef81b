import { cancellationSignal } from '@temporalio/activity';
import { type RecoverParts, recoverSome } from '../../core/recoveries/recoverSome.ts';
import { whileBeating } from './whileBeating.ts';

export interface RecoveryActivityParts extends RecoverParts {
  /** Longest time that one activity works on a recovery, in milliseconds. */
  readonly recoverAtMostMs: number;
}

/** The activity behind recoveries. */
export function createRecoveryActivities(parts: RecoveryActivityParts) {
  return {
    /** Replays batches of a recovery. @returns whether more is left */
    recoverSome: (recoveryId: string): Promise<boolean> =>
      whileBeating(({ beat }) =>
        recoverSome(parts, recoveryId, {
          onProgress: beat,
          maxMs: parts.recoverAtMostMs,
          signal: cancellationSignal(),
        }),
      ),
  };
}
