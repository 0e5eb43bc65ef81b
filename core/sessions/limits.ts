/** How long sessions last. Milliseconds. */
export interface SessionLimits {
  /** Without a request for so long, a session ends. */
  readonly idleMs: number;
  /** So long after its beginning, a session ends in any case. */
  readonly maxMs: number;
}

/** Where nothing else is configured: over a weekend without a request, and a month at most. */
export const usualSessionLimits: SessionLimits = { idleMs: 72 * 3_600_000, maxMs: 720 * 3_600_000 };

/** A cookie's token is replaced by a new one after so long. */
export const rotateMs = 30 * 60_000;
/**
 * For so long after its successor has come back, a replaced token still counts: other tabs have sent it meanwhile. A successor that
 * does not come back in that time is replaced itself, because its answer may have been lost.
 */
export const overlapMs = 60_000;
