import { status } from '@grpc/grpc-js';

/** As Rust writes a gRPC status: `Status { code: DeadlineExceeded, message: "…", metadata: …, source: None }`. */
const written = /^Status \{ code: (\w+), message: "((?:[^"\\]|\\.)*)"/;
/** As Rust shows one to people: `code: 'The service is currently unavailable', message: "…"`. */
const shown = /^code: '([^']+)', message: "((?:[^"\\]|\\.)*)"/;

/** The sentences for the codes that tell of an outage, as tonic has them, which the core speaks gRPC by. */
const sentences: Readonly<Record<string, number>> = {
  'The operation was cancelled': status.CANCELLED,
  'Deadline expired before operation could complete': status.DEADLINE_EXCEEDED,
  'Some resource has been exhausted': status.RESOURCE_EXHAUSTED,
  'The operation was aborted': status.ABORTED,
  'The service is currently unavailable': status.UNAVAILABLE,
};

/**
 * A failed call of which the SDK's core tells as text, as the error that it is in JavaScript: so its cause is known, and is told of
 * once a minute like any other.
 *
 * @returns undefined for any other text
 */
export function coreFailure(text: unknown): Error | undefined {
  if (typeof text !== 'string') return undefined;
  const [, name, message] = written.exec(text) ?? shown.exec(text) ?? [];
  if (name === undefined) return undefined;
  const code =
    sentences[name] ?? status[name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() as keyof typeof status];
  return code === undefined ? undefined : Object.assign(new Error(message), { code, details: message });
}
