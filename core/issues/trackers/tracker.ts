/** An issue as its tracker shows it now. */
export interface TrackedIssue {
  /** As people know it: `SHOP-2231`, `acme/shop#12`, `417`. */
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
  /** Asks the API who it is talking to. @throws TrackerFailure */
  check(): Promise<void>;
  /**
   * @param locator - what the provider's events said the issue is found by
   * @param externalId - the id that it must have
   * @returns null where the tracker has no such issue (any more), or does not show it to these credentials
   * @throws TrackerFailure
   */
  fetch(locator: string, externalId: string): Promise<TrackedIssue | null>;
}

/** What keeps an API from answering. The message is for the tenant: no credential, no address, nothing of the answer's body. */
export class TrackerFailure extends Error {
  override readonly name = 'TrackerFailure';
  /** `limited`: the tracker asks to be left alone; `failed`: anything else. */
  readonly kind: 'limited' | 'failed';
  /** How long to leave it alone, in milliseconds; 0 for other failures. */
  readonly retryAfterMs: number;
  /** What of the integration is at fault; null where that is not known. */
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
