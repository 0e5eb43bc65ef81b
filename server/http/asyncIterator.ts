/**
 * The results of a stream, each as `map` makes it. Unlike a generator it ends at once when it is told to, also while the next
 * result is waited for.
 *
 * @param onError - what is told of a stream that failed, as its last result
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

/** A stream that tells once when it has ended. */
export function leaving<T>(stream: AsyncIterableIterator<T>, onEnd: () => void): AsyncIterableIterator<T> {
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
