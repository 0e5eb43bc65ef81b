import type { IncomingMessage } from 'node:http';
import type { FetchAPI } from 'graphql-yoga';

/** A Fetch request without its body, which is read already. It is made when a plugin first uses it, which few do. */
export function lazyRequest({ url = '/', method = 'POST', headers }: IncomingMessage, fetchAPI: FetchAPI): Request {
  let made: Request | undefined;
  return new Proxy({} as Request, {
    get(_target, name) {
      made ??= new fetchAPI.Request(`http://localhost${url}`, { method, headers: headers as HeadersInit });
      const value: unknown = Reflect.get(made, name, made);
      return typeof value === 'function' ? value.bind(made) : value;
    },
    has: (_target, name) => name in fetchAPI.Request.prototype,
  });
}
