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

/** The lowest UUIDv7 of a millisecond. */
function firstIdOf(milliseconds: number): string {
  const time = Math.min(Math.max(milliseconds, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
