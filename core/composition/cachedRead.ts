/** How long a read is shown at least, in milliseconds, however many scrape. */
const defaultCacheMs = 10_000;
/** A read that took long is shown for this many times as long: reads take at most a hundredth of the time. */
const rest = 100;

/** Reads at most once in a while: one read serves all gauges of a scrape, and the scrapes that follow soon. */
export function cachedRead<T>(read: () => Promise<T>, cacheMs = defaultCacheMs): () => Promise<T> {
  let reading: Promise<T> | null = null;
  let until = 0;
  return () => {
    const beganAt = performance.now();
    if (reading !== null && beganAt < until) return reading;
    until = Number.POSITIVE_INFINITY;
    reading = read();
    reading.then(
      () => {
        until = beganAt + Math.max(cacheMs, (performance.now() - beganAt) * rest);
      },
      // Whoever waits for an alert to end must not wait for a hundred times a timeout.
      () => {
        until = performance.now() + cacheMs;
      },
    );
    return reading;
  };
}
