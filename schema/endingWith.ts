/**
 * Aborts the feed when its reader leaves: a generator that waits for the next value would not notice. From then on nothing comes, also
 * of what the feed had ready.
 */
export function endingWith<T>(feed: AsyncIterableIterator<T>, ending: AbortController): AsyncIterableIterator<T> {
  return {
    async next() {
      const result = ending.signal.aborted ? null : await feed.next();
      return result && !ending.signal.aborted ? result : { done: true, value: undefined };
    },
    async return() {
      ending.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
