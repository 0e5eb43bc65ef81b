import type { ClientRequest, IncomingMessage } from 'node:http';
import { TrackerFailure } from './tracker.ts';

/** What keeps an answer from being read: decoding it would take memory that no bound on its bytes holds, and may fail at any of them. */
function encodingFailure(encoding: string | null | undefined): TrackerFailure | null {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  const told = /^[a-z]{1,10}/.exec(name)?.[0] ?? 'unknown';
  return new TrackerFailure(
    `The tracker's answer is compressed (${told}), though Everhook asks for it as it is: ` +
      'turn compression off for its API, or give a base URL that leads past the proxy that compresses.',
    { fault: 'baseUrl' },
  );
}

/**
 * Asks for an answer without an encoding, and ends the request where it has one. The library never sees that answer: one
 * decodes without a bound, and what another cannot decode would end the process.
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

/** The same of fetch, whose answers are decoded as they are read. @throws TrackerFailure */
export async function requirePlain<
  T extends { headers: { get(name: string): string | null }; body: { cancel(): Promise<void> } | null },
>(response: T): Promise<T> {
  const failure = encodingFailure(response.headers.get('content-encoding'));
  if (!failure) return response;
  await response.body?.cancel().catch(() => {});
  throw failure;
}
