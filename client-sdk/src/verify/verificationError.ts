/**
 * Why a request was refused. Answer with 400 or 401, except for `invalid_secret` and `malformed_request`, which are your own
 * mistakes.
 */
export type VerificationFailure =
  /** A header that the system always sends is absent. */
  | 'missing_header'
  /** A header that must come once came more than once, so its value is ambiguous. */
  | 'duplicate_header'
  /** A header does not have its documented form. */
  | 'malformed_header'
  /** No signature in the header matches the body with any of the secrets. */
  | 'wrong_signature'
  /** Signed longer ago than the tolerance: possibly a replay. */
  | 'timestamp_too_old'
  /** Signed further in the future than the tolerance: a clock is wrong. */
  | 'timestamp_too_new'
  /** Correctly signed, but not the JSON that this system sends. */
  | 'malformed_body'
  /** The body is not available as it was received. */
  | 'malformed_request'
  /** No secret was given, or one without the system's form. */
  | 'invalid_secret';

/** A webhook request that must not be trusted. The message never quotes secrets, signatures or bodies. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly reason: VerificationFailure;

  constructor(reason: VerificationFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
