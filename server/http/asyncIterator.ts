/**
 * Maps the results of a stream. Unlike a generator, `return()` ends it at once, even while it waits for the next result.
 *
 * @param onError - makes the last result of a stream that failed, or throws
 */
export function mapped<T, R>(
  stream: AsyncIterableIterator<T>,
  map: (value: T) => R,
  onError: (error: unknown) => R,
): AsyncIterableIterator<R> {
  let failed = false;
  return {
    async next() {
      if (failed) return { done: true, value: undefined };
      try {
        const { done, value } = await stream.next();
        return done ? { done, value: undefined } : { done: false, value: map(value) };
      } catch (error) {
        failed = true;
        return { done: false, value: onError(error) };
      }
    },
    async return() {
      await stream.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Passes a stream on and calls `onEnd` once when it has ended. */
export function onceEnded<T>(stream: AsyncIterableIterator<T>, onEnd: () => void): AsyncIterableIterator<T> {
  let open = true;
  const leave = () => {
    if (open) onEnd();
    open = false;
  };
  return {
    async next() {
      try {
        const result = await stream.next();
        if (result.done) leave();
        return result;
      } catch (error) {
        leave();
        throw error;
      }
    },
    async return() {
      leave();
      return (await stream.return?.()) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
