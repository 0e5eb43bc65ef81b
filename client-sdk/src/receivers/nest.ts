import { isRaw, type NodeRequest, rawBody } from './rawBody.ts';
import { defaultMaxBytes, RawBodyError, receive, tooLarge, type WebhookOptions } from './receive.ts';

export { BrokenOffError, RawBodyError, type WebhookOptions } from './receive.ts';

/** What Nest answers with: it knows errors by these two members. */
export class WebhookRefusedError extends Error {
  override readonly name = 'WebhookRefusedError';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** The request of Nest on Express, or on Fastify, where Node's own is inside. */
export type NestRequest =
  | NodeRequest
  | {
      readonly headers: NodeRequest['headers'];
      readonly body?: unknown;
      readonly rawBody?: unknown;
      readonly raw: NodeRequest;
    };

const advice =
  "Create the application with NestFactory.create(AppModule, { rawBody: true }), and call app.useBodyParser('json', { limit: '4mb' }) for bodies above 100 KB.";

/**
 * For a controller of Nest, on Express and on Fastify. The application must keep raw bodies. Nest itself answers 413 to more than 100 KB
 * on Express, and to more than 1 MiB on Fastify, before this is asked, so its parser must take as much as an event can be:
 *
 * ```ts
 * const app = await NestFactory.create(AppModule, { rawBody: true });
 * app.useBodyParser('json', { limit: '4mb' });
 * ```
 *
 * On Fastify: `new FastifyAdapter({ bodyLimit: 4 * 1024 * 1024 })`.
 *
 * ```ts
 * const take = webhook({ verify: (request) => verify.standard(request, secret), handle });
 *
 * @Controller('hooks')
 * class Hooks {
 *   @Post()
 *   @HttpCode(200)
 *   take(@Req() request: NestRequest) {
 *     return take(request);
 *   }
 * }
 * ```
 *
 * @throws WebhookRefusedError with the status to answer; RawBodyError where the application keeps no raw bodies
 */
export function webhook<Event>(options: WebhookOptions<Event>): (request: NestRequest) => Promise<void> {
  const { maxBytes = defaultMaxBytes } = options;
  return async (request) => {
    // A body that is text was read, and not parsed.
    const isKept = request.rawBody !== undefined || isRaw(request.body);
    if (!isKept && request.body !== undefined) {
      throw new RawBodyError(`The webhook's body was parsed before its signature could be checked. ${advice}`);
    }
    const body = await rawBody(!isKept && 'raw' in request ? request.raw : (request as NodeRequest), maxBytes, advice);
    const { status, message } = body === null ? tooLarge : await receive(options, request.headers, body);
    if (message !== null) throw new WebhookRefusedError(status, message);
  };
}
