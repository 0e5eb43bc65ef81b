import { type NodeRequest, rawBody } from './rawBody.ts';
import { BrokenOffError, defaultMaxBytes, receive, report, tooLarge, type WebhookOptions } from './receive.ts';

export { BrokenOffError, RawBodyError, type WebhookOptions } from './receive.ts';

/** The used part of Node's and Express's response. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

const advice =
  'Mount the route of webhook() before app.use(express.json()), or give that path express.raw({ type: () => true }).';

/**
 * A route handler for Express 4 and 5. It reads the raw body itself, so mount it before any parser of bodies; other routes keep theirs:
 *
 * ```ts
 * app.post('/hooks', webhook({ verify: (request) => verify.standard(request, secret), handle }));
 * app.use(express.json());
 * ```
 *
 * Where a parser was mounted before, `next` gets a {@link RawBodyError} that says what to change. With `express.raw()`, or with a
 * parser that keeps `request.rawBody`, it works behind them, too.
 */
export function webhook<Event>(
  options: WebhookOptions<Event>,
): (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const { maxBytes = defaultMaxBytes, onError = report } = options;
  return async (request, response, next) => {
    try {
      const body = await rawBody(request, maxBytes, advice);
      const { status, message } = body === null ? tooLarge : await receive(options, request.headers, body);
      response.statusCode = status;
      if (status === 413) {
        response.setHeader('connection', 'close');
        request.resume();
      }
      if (message === null) response.end();
      else {
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        response.end(message);
      }
    } catch (error) {
      if (error instanceof BrokenOffError) onError(error);
      else next(error);
    }
  };
}
