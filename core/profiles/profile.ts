import type { Profile as ProfileName } from '../store/prisma/enums.ts';

export type { ProfileName };

/** A type of event that a profile publishes of itself. */
export interface CatalogueEntry {
  /** `resource.action`. */
  readonly name: string;
  readonly category: string;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the event's `data`. */
  readonly schema: object;
  /** A realistic `data`. */
  readonly example: object;
}

/** What a body is made of. Everything in it stays the same over a delivery's retries, so the bytes do too. */
export interface Envelope {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly occurredAt: Date;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string;
  /** The event's data as the JSON text that was published: key order and number text are the publisher's. */
  readonly data: string;
  /** The state before the change as JSON text, where the publisher gave one. */
  readonly previous: string | null;
}

/** What one attempt's signatures are made of. */
export interface Signing {
  readonly envelope: Envelope;
  /** The exact bytes that are sent. */
  readonly body: Buffer;
  readonly attemptedAt: Date;
}

/** What the headers of one attempt are made of. */
export interface HeaderParts {
  readonly envelope: Envelope;
  readonly attemptedAt: Date;
  /** One for each live secret, the newest first; empty where the profile has none. */
  readonly signatures: readonly Buffer[];
}

/**
 * When failures change a webhook's health. Counters count failed attempts, without a success between: from `degradedAt` on the
 * webhook is DEGRADED, and its first success makes it HEALTHY again.
 */
export type HealthPolicy =
  /** DEGRADED is a badge; nothing is ever disabled. */
  | { readonly kind: 'BADGE_ONLY'; readonly degradedAt: number }
  | {
      readonly kind: 'CONSECUTIVE_FAILURES';
      readonly degradedAt: number;
      /** Absent: failures alone never disable. */
      readonly disabledAt?: number;
      /** DISABLED when failures have gone on for this long without one success. */
      readonly disabledAfterMs?: number;
      /** A response with one of these codes disables at once. */
      readonly disabledOnCodes?: readonly number[];
    }
  /** DISABLED when a delivery has used up its retries and no delivery succeeded since its first attempt. */
  | { readonly kind: 'EXHAUSTED_DELIVERY'; readonly degradedAt: number };

/** What becomes of a secret that is rotated. */
export type RotationPolicy = 'TWO_SECRETS' | 'CUTOVER' | 'REFUSED';

export interface SecretPolicy {
  /** A new secret in the profile's format. */
  generate(): string;
  /** Whether the caller may bring an own secret, and what is wrong with it (null: nothing). Absent: the caller may not. */
  check?(secret: string): string | null;
}

export interface UrlPolicy {
  readonly schemes: readonly ('http' | 'https')[];
  /** The only host allowed, for systems that have one. */
  readonly host?: string;
  /** The URL is itself the credential: encrypted, redacted everywhere. */
  readonly credential?: boolean;
}

/**
 * One system's wire contract. A profile is one file that declares all of this; the engine knows none by name.
 * Times are milliseconds.
 */
export interface ProfileDefinition {
  readonly name: ProfileName;
  /** Event types that a project of this profile has from the start. */
  readonly catalogue: readonly CatalogueEntry[];
  /**
   * Of the code that makes bodies, signatures and headers. Raised by a change after which an event of before would come out as
   * other bytes: requests are made again from their events to be shown, and those of another revision cannot be.
   */
  readonly revision: number;
  body(envelope: Envelope): Buffer;
  /** HMAC-SHA256, 32 bytes. Absent where the system has no secret. */
  sign?(secret: string, signing: Signing): Buffer;
  /** The profile's own headers: identity, event, signature. Names in the system's own spelling. */
  headers(parts: HeaderParts): Record<string, string>;
  /** Lower-case names of the headers above, which a webhook's own headers may not replace. */
  readonly ownedHeaders: readonly string[];
  isSuccess(code: number): boolean;
  /** Delays before the retries, from the first on. */
  readonly scheduleMs: readonly number[];
  /** Largest part of a delay that is added or taken away at random: 0.1 is ±10 %. */
  readonly jitter: number;
  readonly timeoutMs: number;
  /** Whether a `Retry-After` on 429 or 503 moves the next attempt later. It is recorded in any case. */
  readonly honoursRetryAfter: boolean;
  readonly health: HealthPolicy;
  readonly rotation: RotationPolicy;
  /** Null where the system has no secret. */
  readonly secret: SecretPolicy | null;
  readonly url: UrlPolicy;
  /** The synthetic event behind Send Test; its `data` and time never change, so its body depends on ids alone. */
  readonly testEvent: { readonly type: string; readonly data: string; readonly occurredAt: Date };
  /** Whether a new webhook gets the test event at once. */
  readonly pingOnCreate: boolean;
}
