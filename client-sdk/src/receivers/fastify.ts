import type { HeadersInput } from '../verify/request.ts';
import { isRaw } from './rawBody.ts';
import { defaultMaxBytes, RawBodyError, receive, type WebhookOptions } from './receive.ts';

export { RawBodyError, type WebhookOptions } from './receive.ts';

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
    handler: (request: { headers: never; body: unknown; rawBody?: unknown }, reply: FastifyReply) => Promise<unknown>;
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
 *
 * Where a hook of the application has read or parsed the body before, Fastify's error handler gets a {@link RawBodyError}.
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
        const body = [request.rawBody, request.body].find(isRaw) ?? emptyOf(request.body, request.headers);
        const { status, message } = await receive(options, request.headers as HeadersInput, body);
        reply.code(status);
        return message === null ? reply.send() : reply.type('text/plain; charset=utf-8').send(message);
      },
    });
  };
}

const advice =
  'Let no hook (preParsing, preValidation, preHandler) read or replace the body on this path: register such hooks within the plugins of the routes that need them.';

/** Fastify gives null or nothing for an empty body. @throws RawBodyError where it was not empty as it came */
function emptyOf(body: unknown, headers: Readonly<Record<string, unknown>>): Uint8Array {
  if (body !== null && body !== undefined) {
    throw new RawBodyError(`The webhook's body was parsed before its signature could be checked. ${advice}`);
  }
  if (Number(headers['content-length'] ?? 0) > 0) {
    throw new RawBodyError(`The webhook's body was read before its signature could be checked. ${advice}`);
  }
  return new Uint8Array();
}
