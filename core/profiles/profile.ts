import type { Profile as ProfileName } from '../store/prisma/enums.ts';

export type { ProfileName };

/** An event type that comes with a profile. */
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

/** The input of a body. Nothing in it changes between a delivery's retries, so the bytes do not either. */
export interface Envelope {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly occurredAt: Date;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string;
  /** The event's data as the published JSON text, with the publisher's key order and spelling of numbers. */
  readonly data: string;
  /** The state before the change as JSON text, where the publisher gave one. */
  readonly previous: string | null;
  /** Where its event stands in its publisher's trace. No body and no signature depends on it. Absent or null: nowhere. */
  readonly traceparent?: string | null;
}

/** The input of one attempt's signatures. */
export interface Signing {
  readonly envelope: Envelope;
  /** The exact bytes on the wire. */
  readonly body: Buffer;
  readonly attemptedAt: Date;
}

/** The input of one attempt's headers. */
export interface HeaderParts {
  readonly envelope: Envelope;
  readonly attemptedAt: Date;
  /** One for each live secret, the newest first; empty where the profile has none. */
  readonly signatures: readonly Buffer[];
}

/**
 * When failures change a webhook's health. `degradedAt` and `disabledAt` count consecutive failed attempts: from `degradedAt` on
 * the webhook is DEGRADED, and its first success makes it HEALTHY again.
 */
export type HealthPolicy =
  /** DEGRADED is only a badge; failures never disable the webhook. */
  | { readonly kind: 'BADGE_ONLY'; readonly degradedAt: number }
  | {
      readonly kind: 'CONSECUTIVE_FAILURES';
      readonly degradedAt: number;
      /** Absent: failures alone never disable. */
      readonly disabledAt?: number;
      /** DISABLED after failures for this long without a success. */
      readonly disabledAfterMs?: number;
      /** A response with one of these codes disables at once. */
      readonly disabledOnCodes?: readonly number[];
    }
  /** DISABLED when a delivery has used up its retries and no delivery succeeded since its first attempt. */
  | { readonly kind: 'EXHAUSTED_DELIVERY'; readonly degradedAt: number };

/** What happens to the old secret on rotation: it signs beside the new one for a while, it ends at once, or rotation is refused. */
export type RotationPolicy = 'TWO_SECRETS' | 'CUTOVER' | 'REFUSED';

export interface SecretPolicy {
  /** Whether a secret may be shown again later. Most systems' own documents forbid it. */
  readonly revealable: boolean;
  /** A new secret in the profile's format. */
  generate(): string;
  /** Says what is wrong with a secret that the caller supplies (null: nothing). Absent: callers may not supply one. */
  check?(secret: string): string | null;
}

export interface UrlPolicy {
  readonly schemes: readonly ('http' | 'https')[];
  /** The only host allowed, for systems that have one. */
  readonly host?: string;
  /** Whether the URL is itself the credential: it is stored encrypted and shown redacted. */
  readonly credential?: boolean;
}

/**
 * One system's wire contract. Each profile is one file that declares all of this; no other code depends on a profile's name.
 * Times are milliseconds.
 */
export interface ProfileDefinition {
  readonly name: ProfileName;
  /** Event types that a project of this profile has from the start. */
  readonly catalogue: readonly CatalogueEntry[];
  /**
   * Version of the code that makes bodies, signatures and headers. Raise it with every change that gives an older event other
   * bytes: the delivery log shows a request by building it again from its event, which only works within one revision.
   */
  readonly revision: number;
  /**
   * What made the bodies and headers of older revisions, by revision, so that the log still shows their requests. Requests of a
   * revision that is not listed are shown without them.
   */
  readonly earlier?: Readonly<Record<number, Pick<ProfileDefinition, 'body' | 'headers'>>>;
  body(envelope: Envelope): Buffer;
  /** Most bytes of a body for each byte of `data` and `previous`, beside a fixed part of a few KiB. Absent: 1. */
  readonly bodyGrowth?: number;
  /** HMAC-SHA256, 32 bytes. Absent where the system has no secret. */
  sign?(secret: string, signing: Signing): Buffer;
  /** The profile's own headers: identity, event, signature. Names in the system's own spelling. */
  headers(parts: HeaderParts): Record<string, string>;
  /** Lower-case names of these headers: a webhook's custom headers may not replace them. */
  readonly ownedHeaders: readonly string[];
  isSuccess(code: number): boolean;
  /** Delays before the retries, from the first on. */
  readonly scheduleMs: readonly number[];
  /** Largest random change of a delay, as a fraction: 0.1 is ±10 %. */
  readonly jitter: number;
  readonly timeoutMs: number;
  /** Whether a `Retry-After` on 429 or 503 moves the next attempt later. It is recorded in any case. */
  readonly honoursRetryAfter: boolean;
  readonly health: HealthPolicy;
  readonly rotation: RotationPolicy;
  /** Null where the system has no secret. */
  readonly secret: SecretPolicy | null;
  readonly url: UrlPolicy;
  /** The event that Send Test sends. Its `data` and time never change, so its body depends on ids alone. */
  readonly testEvent: { readonly type: string; readonly data: string; readonly occurredAt: Date };
  /** Whether a new webhook receives the test event at once. */
  readonly pingOnCreate: boolean;
}
