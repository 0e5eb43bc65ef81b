/** Aborts the feed when its reader leaves: a generator that waits for the next value would not notice. */
export function endingWith<T>(feed: AsyncIterableIterator<T>, ending: AbortController): AsyncIterableIterator<T> {
  return {
    next: () => feed.next(),
    async return() {
      ending.abort();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
