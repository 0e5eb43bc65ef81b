import type { ClientRequest, IncomingMessage } from 'node:http';
import { TrackerFailure } from './tracker.ts';

/** Refuses an encoded answer: decoding it takes memory without a bound, and may fail at any byte. */
function encodingFailure(encoding: string | null | undefined): TrackerFailure | null {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  const shown = /^[a-z]{1,10}/.exec(name)?.[0] ?? 'unknown';
  return new TrackerFailure(
    `The tracker's answer is compressed (${shown}), although an uncompressed one is asked for: ` +
      'turn compression off for its API, or give a base URL that leads past the proxy that compresses.',
    { fault: 'baseUrl' },
  );
}

/**
 * Asks for an answer without an encoding, and ends the request if the answer has one. The client library never sees such an
 * answer: one library decodes without a bound, and another ends the process where it cannot decode.
 */
export function demandPlain(request: ClientRequest): void {
  request.setHeader('accept-encoding', 'identity');
  const read = request.listeners('response') as ((response: IncomingMessage) => void)[];
  request.removeAllListeners('response');
  request.once('response', (response) => {
    const failure = encodingFailure(response.headers['content-encoding']);
    if (failure) request.destroy(failure);
    else for (const listener of read) listener.call(request, response);
  });
}

/** The same for fetch, which decodes answers as they are read. @throws TrackerFailure */
export async function requirePlain<
  T extends { headers: { get(name: string): string | null }; body: { cancel(): Promise<void> } | null },
>(response: T): Promise<T> {
  const failure = encodingFailure(response.headers.get('content-encoding'));
  if (!failure) return response;
  await response.body?.cancel().catch(() => {});
  throw failure;
}
