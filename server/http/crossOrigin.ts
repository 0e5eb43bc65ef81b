import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a call needs to send, and may read of an answer. */
const sent = 'authorization, content-type, accept, x-request-id';
const read = 'x-request-id, retry-after';

/**
 * Lets a script of another site call with a credential that it holds itself, such as a portal link's token in a page with
 * `@everhook/react`. Nothing that the browser adds by itself goes along: `access-control-allow-credentials` is never sent, so a
 * request with cookies is refused by the browser, and one without a credential can read no answer.
 *
 * @returns true if the request was the browser's question beforehand; it is answered then
 */
export function allowCrossOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  const { origin, authorization } = request.headers;
  if (origin === undefined) return false;
  const asks =
    request.method === 'OPTIONS' &&
    request.headers['access-control-request-headers']?.toLowerCase().split(/ *, */).includes('authorization');
  if (!asks && authorization === undefined) return false;
  response.setHeader('access-control-allow-origin', '*');
  if (!asks) {
    response.setHeader('access-control-expose-headers', read);
    return false;
  }
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': sent,
    'access-control-max-age': '7200',
  });
  response.end();
  return true;
}
