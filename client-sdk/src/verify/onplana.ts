import type { Secrets } from './hmac.ts';
import { objectOf, type WebhookRequest } from './request.ts';
import { bodySignedInHex } from './signedHex.ts';

/** An event of a webhook with the ONPLANA profile. */
export interface OnplanaEvent<Data = unknown, Name extends string = string> {
  /** `resource.action`. */
  readonly event: Name;
  /** When it happened, RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly organization_id: string;
  /** Null for an event of the whole organization. */
  readonly project_id: string | null;
  /** The same over retries, so the key to deduplicate on. */
  readonly delivery_id: string;
  readonly data: Data;
}

/**
 * Verifies a request of the ONPLANA profile: `X-Onplana-Signature` is the body's HMAC-SHA256 in hex.
 *
 * @throws VerificationError with a `reason`.
 */
export async function onplana<Event extends OnplanaEvent = OnplanaEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<Event> {
  const body = await bodySignedInHex(request, secrets, 'X-Onplana-Signature');
  return objectOf(body, {
    event: 'string',
    timestamp: 'string',
    organization_id: 'string',
    project_id: 'string or null',
    delivery_id: 'string',
    data: 'object',
  }) as unknown as Event;
}
