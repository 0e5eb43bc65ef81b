import type { HeadersLike } from '../verify/request.ts';
import { GatheredBytes } from './gatheredBytes.ts';
import {
  BrokenOffError,
  defaultMaxBytes,
  RawBodyError,
  receive,
  report,
  tooLarge,
  type WebhookOptions,
} from './receive.ts';

/** The used part of Fetch's `Request`. */
export interface FetchWebhookRequest {
  readonly headers: HeadersLike;
  readonly bodyUsed: boolean;
  readonly body: { getReader(): BodyReader } | null;
}

interface BodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

interface ResponseClass {
  new (body: string | null, init: { status: number; headers?: Record<string, string> }): object;
}

/** @returns a Fetch `Response` */
export async function respond<Event>(
  options: WebhookOptions<Event>,
  request: FetchWebhookRequest,
  advice: string,
): Promise<object> {
  const { maxBytes = defaultMaxBytes, onError = report } = options;
  const { Response } = globalThis as unknown as { Response: ResponseClass };
  if (request.bodyUsed) {
    throw new RawBodyError(`The webhook's body was read before its signature could be checked. ${advice}`);
  }
  try {
    const body = await read(request, maxBytes);
    const { status, message } = body === null ? tooLarge : await receive(options, request.headers, body);
    return new Response(message, { status });
  } catch (error) {
    onError(new BrokenOffError('The request broke off.', { cause: error }));
    return new Response(null, { status: 400 });
  }
}

async function read({ headers, body }: FetchWebhookRequest, maxBytes: number): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  if (Number(headers.get('content-length') ?? 0) > maxBytes) return null;
  const reader = body.getReader();
  const gathered = new GatheredBytes();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) break;
    if (gathered.size + value.byteLength > maxBytes) {
      await reader.cancel();
      return null;
    }
    gathered.add(value);
  }
  return gathered.whole();
}
