import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../../core/ground/newId.ts';

/** Statuses by the codes of Node's errors; any other is a bad request. */
const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what Node could not read as a request, as Node itself does, and with the id of a request. Nothing is written into an
 * answer that has begun.
 */
export function refuseUnread(error: Error & { code?: string }, socket: Duplex): void {
  const { _httpMessage: answering } = socket as Duplex & { _httpMessage?: ServerResponse | null };
  if (socket.writable && !answering?.headersSent) {
    const requestId = answering?.getHeader('x-request-id') ?? newId();
    const status = statuses[error.code ?? ''] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n`);
  }
  if ('destroySoon' in socket) (socket as Duplex & { destroySoon(): void }).destroySoon();
  else socket.destroy();
}
