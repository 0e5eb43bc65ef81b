import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../../core/ground/newId.ts';

/** The header of each answer, by which a caller names its request to the operator. */
export const requestIdHeader = 'x-request-id';

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/;

const id = Symbol('requestId');

/** The id of a request: its header `X-Request-Id` if that is 1–128 of `A-Z a-z 0-9 . _ -`, else a new UUIDv7. */
export function requestIdOf(request: IncomingMessage & { [id]?: string }): string {
  request[id] ??= given(request) ?? newId();
  return request[id];
}

function given({ headers }: IncomingMessage): string | undefined {
  // Node joins the values of a repeated header with a comma, which makes no id.
  const value = headers[requestIdHeader];
  return typeof value === 'string' && wellFormed.test(value) ? value : undefined;
}

/** Refuses to take over a connection. @param headers - further lines, each with its end */
export function endUpgrade(socket: Duplex, request: IncomingMessage, status: string, headers = ''): void {
  const always = `X-Request-Id: ${requestIdOf(request)}\r\nConnection: close\r\nContent-Length: 0\r\n`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}${always}\r\n`);
}
