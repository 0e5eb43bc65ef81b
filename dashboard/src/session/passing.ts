import { EverhookError } from '@everhook/sdk';

const passing: ReadonlySet<string> = new Set(['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);

/** Whether the same may go well a little later, as when the server was away. */
export const isPassing = (error: unknown): boolean => error instanceof EverhookError && passing.has(error.code);

const beginAgainMs = 3_000;

/**
 * Follows a live feed, and begins it again where it could not even begin, as while the server is away; not where it never will.
 *
 * @param onMissed - told that something may have happened that the feed will not tell.
 * @throws what ended it for good
 */
export async function untilItCannot(
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
      await new Promise((resolve) => setTimeout(resolve, beginAgainMs));
    }
  }
}
