import { firstIdOf } from '../core/ground/idTime.ts';

/** How much an id's time may differ from its row's: an id is created before the transaction that writes the row. */
const slackMs = 60_000;

/**
 * `from` (included) and `to` (excluded) as filters on the time of creation. Lists are read by id, and ids contain the time, so
 * the same bounds on the id spare a narrow range from reading the whole list.
 */
export function createdBetween(from: Date | null | undefined, to: Date | null | undefined) {
  return [
    ...(from ? [{ createdAt: { gte: from }, id: { gte: firstIdOf(from.getTime() - slackMs) } }] : []),
    ...(to ? [{ createdAt: { lt: to }, id: { lt: firstIdOf(to.getTime() + slackMs) } }] : []),
  ];
}
