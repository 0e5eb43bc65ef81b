/** Conditions of what still opens something. Each is found by an index that holds nothing else. */

export const liveLinks = (now: Date) => ({ revokedAt: null, expiresAt: { gt: now } });

/** Two conditions, of which each key meets one at most: an OR of them would not surely be found by the index. */
export const liveKeys = (now: Date) => [
  { revokedAt: null, expiresAt: null },
  { revokedAt: null, expiresAt: { gt: now } },
];
