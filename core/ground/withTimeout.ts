/** Has the code that the network has for what is late, by which a hung database is known. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';
}

/**
 * Waits for work no longer than so many milliseconds, even if the work ignores its signal: Node 20's fetch forgets the signal
 * when the request is garbage-collected while its answer is being read.
 *
 * @param work - must end once the signal is aborted
 * @throws the work's error; a TimeoutError where it is late
 */
export async function withTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const timer = setTimeout(() => ending.abort(new TimeoutError(`It took more than ${ms} ms.`)), ms);
  return Promise.race([work(signal), late]).finally(() => clearTimeout(timer));
}
