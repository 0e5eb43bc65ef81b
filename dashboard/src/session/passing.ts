import { EverhookError } from '@everhook/sdk';

const passing: ReadonlySet<string> = new Set(['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);

/** Whether a retry may succeed a little later, as when the server was away. */
export const isPassing = (error: unknown): boolean => error instanceof EverhookError && passing.has(error.code);

const restartDelayMs = 3_000;

/**
 * Follows a live feed, and restarts it if it could not start for a passing reason, such as a server that is away.
 *
 * @param onMissed - called if something may have happened that the feed will not report
 * @throws the error that ended it for good
 */
export async function keepFollowing(
  follow: () => Promise<void>,
  signal: AbortSignal,
  onMissed: () => void = () => {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await follow();
    } catch (error) {
      if (!isPassing(error)) throw error;
      onMissed();
      await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
    }
  }
}
