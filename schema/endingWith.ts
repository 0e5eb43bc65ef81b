/** A feed whose reader's leaving aborts it first: a generator that waits for what comes next would not hear of it. */
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
