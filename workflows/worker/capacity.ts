import { KeyedTurns } from '../../core/fairness/keyedTurns.ts';
import { SharedQuota } from '../../core/fairness/quota.ts';
import { Shares } from '../../core/fairness/shares.ts';

const batchShares = (places: number) => ({ places: new SharedQuota(places), batchTurns: new KeyedTurns() });

/**
 * Divides a worker's activities among the kinds of work that may last long. Each kind is shared among organizations. The tenth
 * that is left belongs to the sweep and other quick work, which never waits behind them.
 *
 * @param activities - activities of the worker at the same time
 */
export const capacityOf = (activities: number) => ({
  /** Lists of deliveries. */
  places: new Shares(Math.floor((activities * 2) / 3)),
  /** Calls to trackers. */
  issuePlaces: new SharedQuota(Math.floor((activities * 2) / 15)),
  recoveryPlaces: batchShares(Math.floor(activities / 10)),
  /** Few at a time: what they take away, they take from the same disk. */
  deletionPlaces: batchShares(Math.max(2, Math.floor(activities / 60))),
});
