import { parseJson } from '../json/parseJson.ts';
import { VerificationError } from './verificationError.ts';

/** The used part of Fetch's `Headers`, so that these types need neither the DOM's nor Node's. */
export interface HeadersLike {
  get(name: string): string | null;
}

/** Headers in any of the forms that servers use; names in any case. */
export type HeadersInput =
  | HeadersLike
  | Iterable<readonly [string, string]>
  | { readonly [name: string]: string | readonly string[] | undefined };

/** A request with its body read: Node's, Express's (`express.raw()`), Lambda's, … */
export interface RawRequest {
  readonly headers: HeadersInput;
  /** The body exactly as received; never parsed and serialized again. */
  readonly body: string | Uint8Array | ArrayBuffer;
}

/** A Fetch `Request` whose body has not been read yet. */
export interface FetchRequest {
  readonly headers: HeadersLike;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type WebhookRequest = RawRequest | FetchRequest;

/**
 * The values of a header, in the order received. What is no text was in no request, and is left out.
 *
 * @throws VerificationError `malformed_request` for what holds no headers: programs without types pass anything
 */
function valuesOf(headers: HeadersInput | null | undefined, name: string): string[] {
  if (typeof headers !== 'object' || headers === null) {
    throw new VerificationError(
      'malformed_request',
      'Pass { headers, body }: the headers of the request as your server has them, and its raw body.',
    );
  }
  const wanted = name.toLowerCase();
  if (!(Symbol.iterator in headers) && typeof headers.get === 'function') {
    return [(headers as HeadersLike).get(name)].filter(isText);
  }
  const entries: readonly unknown[] =
    Symbol.iterator in headers ? Array.from(headers as Iterable<unknown>) : Object.entries(headers);
  return entries.flatMap((entry) => {
    const [key, value] = Array.isArray(entry) ? (entry as unknown[]) : [];
    return isText(key) && key.toLowerCase() === wanted ? [value].flat().filter(isText) : [];
  });
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The only value of a header. */
export function headerOf(request: WebhookRequest | null | undefined, name: string): string {
  const value = headerIfAny(request, name);
  if (!value) throw new VerificationError('missing_header', `The request has no ${name} header.`);
  return value;
}

/** The only value of a header that need not be there. */
export function headerIfAny(request: WebhookRequest | null | undefined, name: string): string | undefined {
  const values = valuesOf(request?.headers, name);
  if (values.length > 1)
    throw new VerificationError('duplicate_header', `The request has more than one ${name} header.`);
  return values[0]?.trim() || undefined;
}

/** The body's bytes as received. */
export async function bodyOf(request: WebhookRequest): Promise<Uint8Array<ArrayBuffer>> {
  if ('arrayBuffer' in request && typeof request.arrayBuffer === 'function') {
    try {
      return new Uint8Array(await request.arrayBuffer());
    } catch {
      throw new VerificationError(
        'malformed_request',
        'The request’s body was already read: verify first, or pass { headers, body } with the raw body.',
      );
    }
  }
  const { body } = request as RawRequest;
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
  throw new VerificationError(
    'malformed_request',
    'Pass the raw body as text or bytes: switch body parsing off for this route.',
  );
}

/** The body as the JSON object that it must be, with these members of these types. */
export function objectOf(
  body: Uint8Array,
  members: Readonly<Record<string, 'string' | 'string or null' | 'any'>>,
): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new VerificationError('malformed_body', 'The body is signed but is not JSON in UTF-8.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new VerificationError('malformed_body', 'The body is signed but is not a JSON object.');
  }
  const object = value as Record<string, unknown>;
  for (const [name, type] of Object.entries(members)) {
    const member = Object.hasOwn(object, name) ? object[name] : undefined;
    const fits =
      type === 'any'
        ? member !== undefined
        : typeof member === 'string' || (type === 'string or null' && member === null);
    if (!fits)
      throw new VerificationError('malformed_body', `The body is signed but its “${name}” is not of type ${type}.`);
  }
  return object;
}
