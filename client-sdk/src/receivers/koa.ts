import { type NodeRequest, rawBody } from './rawBody.ts';
import { BrokenOffError, defaultMaxBytes, receive, report, tooLarge, type WebhookOptions } from './receive.ts';

export { BrokenOffError, RawBodyError, type WebhookOptions } from './receive.ts';

/** The used part of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly request: { readonly rawBody?: unknown };
  status: number;
  body: unknown;
  respond?: boolean;
  set(name: string, value: string): void;
}

const advice = 'Use webhook() before app.use(bodyParser()), or a parser that keeps ctx.request.rawBody.';

/**
 * A middleware for Koa. Use it on the path of the webhook, before any parser of bodies:
 *
 * ```ts
 * router.post('/hooks', webhook({ verify: (request) => verify.standard(request, secret), handle }));
 * ```
 *
 * @throws RawBodyError where a parser took the body before and kept no text of it
 */
export function webhook<Event>(options: WebhookOptions<Event>): (context: KoaContext) => Promise<void> {
  const { maxBytes = defaultMaxBytes, onError = report } = options;
  return async (context) => {
    const { req, request } = context;
    try {
      const kept = request.rawBody;
      const body = await (typeof kept === 'string' || kept instanceof Uint8Array
        ? kept
        : rawBody(req, maxBytes, advice));
      const { status, message } = body === null ? tooLarge : await receive(options, req.headers, body);
      if (status === 413) {
        context.set('connection', 'close');
        req.resume();
      }
      context.body = message;
      // Koa makes 204 of a body that is null.
      context.status = status;
    } catch (error) {
      if (!(error instanceof BrokenOffError)) throw error;
      onError(error);
      // Nobody is there to be answered.
      context.respond = false;
    }
  };
}
