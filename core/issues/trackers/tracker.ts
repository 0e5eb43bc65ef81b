/** An issue as its tracker shows it now. */
export interface TrackedIssue {
  /** Its name for people: `SHOP-2231`, `acme/shop#12`, `417`. */
  readonly key: string;
  readonly title: string;
  readonly state: string;
  readonly priority: string | null;
  readonly assignee: string | null;
  /** The page for people. */
  readonly url: string;
  readonly changedAt: Date;
}

/** One tracker's API, with one integration's credentials. */
export interface Tracker {
  /** Checks that the API accepts the credentials. @throws TrackerFailure */
  check(): Promise<void>;
  /**
   * @param locator - finds the issue in the API; it comes from the provider's events
   * @param externalId - the id that the issue must have
   * @returns null where the tracker has no such issue (any more), or does not show it to these credentials
   * @throws TrackerFailure
   */
  fetch(locator: string, externalId: string): Promise<TrackedIssue | null>;
}

/** Why an API did not answer. The tenant sees the message: no credential, no address, nothing of the answer's body. */
export class TrackerFailure extends Error {
  override readonly name = 'TrackerFailure';
  /** `limited`: the tracker asks for a pause; `failed`: anything else. */
  readonly kind: 'limited' | 'failed';
  /** How long to pause, in milliseconds; 0 for other failures. */
  readonly retryAfterMs: number;
  /** The part of the integration that is at fault; null where it is not known. */
  readonly fault: 'baseUrl' | 'credentials' | null;

  constructor(
    message: string,
    { retryAfterMs, fault }: { readonly retryAfterMs?: number; readonly fault?: 'baseUrl' | 'credentials' } = {},
  ) {
    super(message);
    this.kind = retryAfterMs === undefined ? 'failed' : 'limited';
    this.retryAfterMs = retryAfterMs ?? 0;
    this.fault = fault ?? null;
  }
}
