import type { PlaneConnectionEventData } from '../generated/events.ts';
import type { Secrets } from './hmac.ts';
import { objectOf, type WebhookRequest } from './request.ts';
import { bodySignedInHex } from './signedHex.ts';

/** The body of a webhook with the PLANE_CONNECTION profile. */
export interface PlaneConnectionEnvelope<Data = unknown, Name extends string = string> {
  /** The delivery's id: the same in every retry, so deduplicate by it. */
  readonly id: string;
  /** `resource.action`. */
  readonly event: Name;
  /** When it happened, RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly data: Data;
}

/** The events of a catalogue, discriminated by `event`. A union of events stays as it is. */
export type PlaneConnectionEventOf<Given> = Given extends PlaneConnectionEnvelope
  ? Given
  : { [Name in keyof Given & string]: PlaneConnectionEnvelope<Given[Name], Name> }[keyof Given & string];

/** An event of PLANE_CONNECTION's catalogue, discriminated by `event`. */
export type PlaneConnectionEvent = PlaneConnectionEventOf<PlaneConnectionEventData>;

/**
 * Verifies a request of the PLANE_CONNECTION profile: `X-PlaneConnection-Signature` is the body's HMAC-SHA256 in hex.
 *
 * @throws VerificationError with a `reason`.
 */
export async function planeConnection<Given extends object = PlaneConnectionEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<PlaneConnectionEventOf<Given>> {
  const body = await bodySignedInHex(request, secrets, 'X-PlaneConnection-Signature');
  return objectOf(body, {
    id: 'string',
    event: 'string',
    timestamp: 'string',
    data: 'any',
  }) as unknown as PlaneConnectionEventOf<Given>;
}
