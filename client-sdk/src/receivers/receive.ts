import type { HeadersInput, RawRequest } from '../verify/request.ts';
import { VerificationError } from '../verify/verificationError.ts';

/** How a route takes webhooks. */
export interface WebhookOptions<Event> {
  /**
   * A verifier of `@everhook/sdk/verify` with its secret: `(request) => verify.standard(request, secret)`. It is called with the headers and
   * the body as it was received.
   */
  readonly verify: (request: RawRequest) => Promise<Event>;
  /**
   * What to do with a genuine event. The answer waits for it: be quick, or put it into a queue. Where it throws, the answer is 503 and the
   * event comes again.
   */
  readonly handle: (event: Event) => unknown;
  /** Largest body, in bytes; a larger one is answered with 413. @default 4 MiB: an event has at most 1 MiB, and profiles add to it */
  readonly maxBytes?: number | undefined;
  /** Called with what was refused, broke off or failed. It must not throw. @default console.error of failures, not of refusals */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** An answer to a sender. */
export interface Answer {
  readonly status: 200 | 401 | 413 | 500 | 503;
  /** For the sender's log; it tells nothing of this program. Null without a body. */
  readonly message: string | null;
}

export const defaultMaxBytes = 4 * 1024 * 1024;

export const tooLarge: Answer = { status: 413, message: 'The body is too large.' };

/**
 * The raw body is gone, because something parsed it before. No signature can be checked, so nothing is said of the sender: this program
 * must be changed.
 */
export class RawBodyError extends Error {
  override readonly name = 'RawBodyError';
  /** Frameworks answer with it. */
  readonly status = 500;
  readonly statusCode = 500;
}

/** The sender left before the end of its request. */
export class BrokenOffError extends Error {
  override readonly name = 'BrokenOffError';
}

/** What is this program's own mistake, and no refusal of a sender. */
const own: ReadonlySet<string> = new Set(['invalid_secret', 'malformed_request']);

/** Verifies a request and hands its event over. Never throws. */
export async function receive<Event>(
  { verify, handle, onError = report }: WebhookOptions<Event>,
  headers: HeadersInput,
  body: RawRequest['body'],
): Promise<Answer> {
  let event: Event;
  try {
    event = await verify({ headers, body });
  } catch (error) {
    onError(error as Error);
    return error instanceof VerificationError && !own.has(error.reason)
      ? { status: 401, message: error.message }
      : { status: 500, message: 'The receiver is not set up rightly.' };
  }
  try {
    await handle(event);
    // Every system takes 200 for success; PLANE takes nothing else.
    return { status: 200, message: null };
  } catch (error) {
    onError(error as Error);
    return { status: 503, message: 'The event could not be handled now.' };
  }
}

function report(error: Error): void {
  // Anybody can send nonsense: a log of it would be theirs to fill.
  if (error instanceof BrokenOffError || (error instanceof VerificationError && !own.has(error.reason))) return;
  (globalThis as unknown as { console: { error(...what: unknown[]): void } }).console.error(error);
}

export { report };
