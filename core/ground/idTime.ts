/** The lowest UUIDv7 (RFC 9562, section 5.7) of a millisecond. */
export function firstIdOf(milliseconds: number): string {
  const time = Math.min(Math.max(Math.floor(milliseconds), 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** The time in a UUIDv7, in milliseconds. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
