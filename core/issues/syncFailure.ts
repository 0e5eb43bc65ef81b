import { outageOf } from '../ground/outage.ts';
import { SealError } from '../secrets/keyRing.ts';
import { TrackerFailure } from './trackers/tracker.ts';

/**
 * Turns any error of a try into a failure that is counted and shown, so that every report ends sometime. Null while the
 * database is away: the failure cannot be counted then, and the try does not count.
 */
export function syncFailure(error: unknown): TrackerFailure | null {
  if (error instanceof TrackerFailure) return error;
  if (outageOf(error)) return null;
  if (error instanceof SealError) {
    return new TrackerFailure('The credentials of the integration cannot be decrypted: set the integration again.');
  }
  return new TrackerFailure(
    'The issue could not be stored as the tracker shows it. The operator finds the reason in the log.',
  );
}
