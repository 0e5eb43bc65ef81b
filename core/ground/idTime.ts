/**
 * How much an id's time may differ from its row's, in milliseconds: an id is created before the transaction that writes the
 * row, and some rows take their time from the database's clock.
 */
export const idSlackMs = 60_000;

/** Below every id. */
export const firstId = '00000000-0000-0000-0000-000000000000';

/** The lowest UUIDv7 (RFC 9562, section 5.7) of a millisecond. */
export function firstIdOf(milliseconds: number): string {
  const time = Math.min(Math.max(Math.floor(milliseconds), 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** Below every id of rows that were written at this time or later. */
export const idBefore = (time: Date): string => firstIdOf(time.getTime() - idSlackMs);

/** Above every id of rows that were written before this time. */
export const idAfter = (time: Date): string => firstIdOf(time.getTime() + idSlackMs);

/** The time in a UUIDv7, in milliseconds. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
