/**
 * Why a request was refused. Everything but `invalid_secret` and `malformed_request`, which are the caller's own mistakes,
 * is answered with 400 or 401.
 */
export type VerificationFailure =
  /** A header that the system always sends is absent. */
  | 'missing_header'
  /** A header that must come once came more than once, so that readers could disagree on its value. */
  | 'duplicate_header'
  /** A header is not of its documented form. */
  | 'malformed_header'
  /** No signature in the header fits the body under any of the secrets. */
  | 'wrong_signature'
  /** Signed longer ago than the tolerance: possibly a replay. */
  | 'timestamp_too_old'
  /** Signed further in the future than the tolerance: a clock is wrong. */
  | 'timestamp_too_new'
  /** Rightly signed, but not the JSON that this system sends. */
  | 'malformed_body'
  /** The body is not at hand as it was received. */
  | 'malformed_request'
  /** No secret was given, or one that is not of the system's form. */
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
