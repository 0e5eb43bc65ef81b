import type { HeadersInput } from '../verify/request.ts';
import { defaultMaxBytes, receive, type WebhookOptions } from './receive.ts';

export type { WebhookOptions } from './receive.ts';

/** The used part of a Fastify instance. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: never, body: never, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  route(options: {
    method: 'POST';
    url: string;
    bodyLimit: number;
    handler: (request: { headers: never; body: unknown }, reply: FastifyReply) => Promise<unknown>;
  }): unknown;
}

/** The used part of Fastify's reply. */
export interface FastifyReply {
  code(status: number): FastifyReply;
  type(type: string): FastifyReply;
  send(body?: string): FastifyReply;
}

/** The options of the plugin: those of every receiver, and the path. */
export interface FastifyWebhookOptions<Event> extends WebhookOptions<Event> {
  /** The path of the webhook, such as `/hooks`. */
  readonly path: string;
}

/**
 * A plugin for Fastify. Inside it the body stays raw, whatever its content type; other routes keep their parsers:
 *
 * ```ts
 * await app.register(webhook({ path: '/hooks', verify: (request) => verify.standard(request, secret), handle }));
 * ```
 */
export function webhook<Event>(options: FastifyWebhookOptions<Event>): (scope: FastifyScope) => Promise<void> {
  const { path, maxBytes = defaultMaxBytes } = options;
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.route({
      method: 'POST',
      url: path,
      bodyLimit: maxBytes,
      handler: async (request, reply) => {
        // Fastify gives null or nothing for an empty body.
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
        const { status, message } = await receive(options, request.headers as HeadersInput, body);
        reply.code(status);
        return message === null ? reply.send() : reply.type('text/plain; charset=utf-8').send(message);
      },
    });
  };
}
