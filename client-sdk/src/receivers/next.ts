import { webhook as express, type NodeResponse } from './express.ts';
import { type FetchWebhookRequest, respond } from './fetch.ts';
import type { NodeRequest } from './rawBody.ts';
import { RawBodyError, type WebhookOptions } from './receive.ts';

export { BrokenOffError, RawBodyError, type WebhookOptions } from './receive.ts';

const advice = 'Let nothing read the request before webhook().';

/**
 * A route handler for Next.js, in `app/hooks/route.ts`:
 *
 * ```ts
 * export const POST = webhook({ verify: (request) => verify.standard(request, secret), handle });
 * ```
 *
 * @throws RawBodyError where something read the body before
 */
export const webhook =
  <Event>(options: WebhookOptions<Event>) =>
  async (request: FetchWebhookRequest): Promise<never> =>
    (await respond(options, request, advice)) as never;

/**
 * An API route for Next.js's older router, in `pages/api/hooks.ts`, with `export const config = { api: { bodyParser: false } }` beside it:
 *
 * ```ts
 * export default pagesWebhook({ verify: (request) => verify.standard(request, secret), handle });
 * ```
 *
 * @throws RawBodyError where that line is missing
 */
export function pagesWebhook<Event>(
  options: WebhookOptions<Event>,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  const route = express(options);
  return (request, response) =>
    new Promise((resolve, reject) => {
      const failed = (error: unknown) =>
        reject(
          error instanceof RawBodyError
            ? new RawBodyError(
                "The webhook's body was parsed before its signature could be checked. Add to this file: export const config = { api: { bodyParser: false } };",
              )
            : error,
        );
      route(request, response, failed).then(resolve, reject);
    });
}
