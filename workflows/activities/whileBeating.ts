import { heartbeat } from '@temporalio/activity';

/** Heartbeats of an activity. */
export interface Beats {
  /** Sends a heartbeat now, besides those that are sent by themselves. */
  beat(): void;
}

const everyMs = 2_000;

/** Sends heartbeats while an activity works, so that Temporal gives it to another worker only where this one died. */
export async function whileBeating<T>(work: (beats: Beats) => Promise<T>): Promise<T> {
  const beat = () => heartbeat();
  const timer = setInterval(beat, everyMs);
  try {
    return await work({ beat });
  } finally {
    clearInterval(timer);
  }
}
