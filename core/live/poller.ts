import type { Hints } from './changeFeed.ts';
import type { Topic } from './hint.ts';

/** How often the table is asked for what was not told, in milliseconds. */
const catchUpMs = 5_000;

/** When to look at a table again, for one reader: something of its organization was told, or nothing was for a while. */
export interface Poller {
  /** Resolves when it is time to look; false when the reader has gone. */
  next(): Promise<boolean>;
  /** Looks no more: for who is done before the reader goes. */
  stop(): void;
}

/** @param signal - the reader goes */
export function createPoller(liveFeed: Hints, topic: Topic, organizationId: string, signal: AbortSignal): Poller {
  let due = false;
  let wake = () => {};
  const look = () => {
    due = true;
    wake();
  };
  const stopHearing = liveFeed.subscribe(topic, {
    onHint: (hint) => {
      if (hint.organizationId === null || hint.organizationId === organizationId) look();
    },
    onListening: look,
  });
  const timer = setInterval(look, catchUpMs);
  timer.unref();
  let ended = false;
  const end = () => {
    ended = true;
    clearInterval(timer);
    stopHearing();
    signal.removeEventListener('abort', end);
    wake();
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return {
    async next() {
      while (!due && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      due = false;
      return !ended;
    },
    stop: end,
  };
}
