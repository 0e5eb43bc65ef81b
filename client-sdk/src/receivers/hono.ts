import { type FetchWebhookRequest, respond } from './fetch.ts';
import type { WebhookOptions } from './receive.ts';

export { BrokenOffError, RawBodyError, type WebhookOptions } from './receive.ts';

const advice = 'Let no middleware before webhook() call c.req.json() or c.req.parseBody() on this path.';

/**
 * A handler for Hono, on every runtime that it knows:
 *
 * ```ts
 * app.post('/hooks', webhook({ verify: (request) => verify.standard(request, secret), handle }));
 * ```
 *
 * @throws RawBodyError where a middleware read the body before
 */
export const webhook =
  <Event>(options: WebhookOptions<Event>) =>
  async (context: { readonly req: { readonly raw: FetchWebhookRequest } }): Promise<never> =>
    // Of the types that the compiler knows here none is Fetch’s own.
    (await respond(options, context.req.raw, advice)) as never;
