import { heartbeat } from '@temporalio/activity';

/** Heartbeats of an activity. */
export interface Beats {
  /** Sends a heartbeat now, besides those that are sent by themselves. */
  beat(): void;
  /** Whether the activity is still this worker's, by a clock that does not stop with the process. */
  isHeld(): boolean;
}

const everyMs = 2_000;
/** After a longer silence, Temporal may have taken the worker for dead: it waits 10 s. Milliseconds. */
const heardMs = 8_000;

/** Sends heartbeats while an activity works, so that Temporal gives it to another worker only where this one died. */
export async function whileBeating<T>(work: (beats: Beats) => Promise<T>): Promise<T> {
  let beatAt = performance.now();
  let isLost = false;
  const isHeld = () => {
    isLost ||= performance.now() - beatAt > heardMs;
    return !isLost;
  };
  const beat = () => {
    isHeld();
    beatAt = performance.now();
    heartbeat();
  };
  const timer = setInterval(beat, everyMs);
  try {
    return await work({ beat, isHeld });
  } finally {
    clearInterval(timer);
  }
}
