import { TimeoutError } from '../errors.ts';

/**
 * Calls that overlap share one. Who asks a server for a key in each would get several, and a socket for each of them.
 *
 * @param ask - may never return: then its callers get a TimeoutError, and the next one asks anew
 */
export function sharedKey(ask: () => Promise<string>, timeoutMs: number): () => Promise<string> {
  let underWay: Promise<string> | undefined;
  return () => {
    underWay ??= inTime(ask, timeoutMs).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

/** @throws TimeoutError */
function inTime(ask: () => Promise<string>, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new TimeoutError(`The API key was not there within ${timeoutMs} ms.`));
    const timer = setTimeout(late, timeoutMs);
    ask()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
