/** An organization of an attacker's own, in an installation that serves others too. */
export interface AttackTarget {
  /** Of the API, on this machine. */
  readonly url: string;
  readonly organizationId: string;
  readonly projectId: string;
  /** An API key of the organization's, of role ADMIN. */
  readonly key: string;
}

/** One attack, ready. */
export interface Strike {
  /** Strikes until the signal; resolves when nothing of its own is under way any more. */
  run(signal: AbortSignal): Promise<void>;
  close?(): Promise<void> | void;
}

/** What a tenant may do to the others by nothing but load. Bounded in count and in time, and towards this machine alone. */
export interface Attack {
  /** What is done, as the table names it. */
  readonly title: string;
  /** Makes what it needs; what that costs is not measured. */
  prepare(target: AttackTarget): Promise<Strike>;
}
