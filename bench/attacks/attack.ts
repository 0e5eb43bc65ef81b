/** An attacker's own organization, in an installation that serves others too. */
export interface AttackTarget {
  /** The API's URL, on this machine. */
  readonly url: string;
  readonly organizationId: string;
  readonly projectId: string;
  /** An API key of that organization, with role ADMIN. */
  readonly key: string;
}

/** One attack, prepared. */
export interface Strike {
  /** Attacks until the signal; resolves when no request of its own is open any more. */
  run(signal: AbortSignal): Promise<void>;
  close?(): Promise<void> | void;
}

/** What a tenant can do to the others by load alone. Bounded in count and time, and only against this machine. */
export interface Attack {
  /** A description for the table. */
  readonly title: string;
  /** Whether it can be run only once, because it uses up what was prepared. @default false */
  readonly once?: boolean;
  /** Makes what the attack needs; this is not measured. */
  prepare(target: AttackTarget): Promise<Strike>;
}
