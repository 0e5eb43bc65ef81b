import { outageOf } from '../ground/outage.ts';
import { SealError } from '../secrets/keyRing.ts';
import { TrackerFailure } from './trackers/tracker.ts';

/**
 * What a failed try is counted and told as, so that reports come to an end whatever is wrong with them. Null while the
 * database is away: then nothing can be counted, and the try was none.
 */
export function syncFailure(error: unknown): TrackerFailure | null {
  if (error instanceof TrackerFailure) return error;
  if (outageOf(error)) return null;
  if (error instanceof SealError) {
    return new TrackerFailure('The credentials of the integration cannot be opened: set the integration again.');
  }
  return new TrackerFailure(
    'Everhook could not keep what the tracker shows of the issue. Its operator can see why in the log.',
  );
}
