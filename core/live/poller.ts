import type { Hints } from './changeFeed.ts';
import type { Topic } from './hint.ts';

/** How often the table is polled without a hint, in milliseconds. */
const catchUpMs = 5_000;

/** Says when one reader should poll its table: after a hint of its organization, or after a while without one. */
export interface Poller {
  /** Resolves when it is time to poll; false when the reader has gone. */
  next(): Promise<boolean>;
  /** Stops polling early. */
  stop(): void;
}

/** @param signal - aborted when the reader goes */
export function createPoller(liveFeed: Hints, topic: Topic, organizationId: string, signal: AbortSignal): Poller {
  let due = false;
  let wake = () => {};
  const poll = () => {
    due = true;
    wake();
  };
  const unsubscribe = liveFeed.subscribe(topic, {
    onHint: (hint) => {
      if (hint.organizationId === null || hint.organizationId === organizationId) poll();
    },
    onListening: poll,
  });
  const timer = setInterval(poll, catchUpMs);
  timer.unref();
  let ended = false;
  const end = () => {
    ended = true;
    clearInterval(timer);
    unsubscribe();
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
