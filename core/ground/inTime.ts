/**
 * Waits for work no longer than so many milliseconds, whatever becomes of its signal: Node 20's fetch forgets that of a request
 * that was collected while its answer is read.
 *
 * @param work - is to end once the signal is aborted
 * @throws what the work does; a TimeoutError where it is late
 */
export async function inTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const { signal } = ending;
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const timer = setTimeout(() => ending.abort(new DOMException(`It took more than ${ms} ms.`, 'TimeoutError')), ms);
  return Promise.race([work(signal), late]).finally(() => clearTimeout(timer));
}
