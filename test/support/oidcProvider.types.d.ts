/** The part of `oidc-provider` that the tests use: its types are a package of their own, with those of a whole web framework. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(event: string, listener: (...given: unknown[]) => void): this;
  }
}
