import { status } from '@grpc/grpc-js';

/** As Rust writes a gRPC status: `Status { code: DeadlineExceeded, message: "…", metadata: …, source: None }`. */
const written = /^Status \{ code: (\w+), message: "((?:[^"\\]|\\.)*)"/;

/**
 * A failed call of which the SDK's core tells as text, as the error that it is in JavaScript: so its cause is known, and is told of
 * once a minute like any other.
 *
 * @returns undefined for any other text
 */
export function coreFailure(text: unknown): Error | undefined {
  const [, name, message] = (typeof text === 'string' && written.exec(text)) || [];
  const code = status[name?.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() as keyof typeof status];
  return code === undefined ? undefined : Object.assign(new Error(message), { code, details: message });
}
