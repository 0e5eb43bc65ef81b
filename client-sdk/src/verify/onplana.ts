import type { OnplanaEventData } from '../generated/events.ts';
import type { Secrets } from './hmac.ts';
import { objectOf, type WebhookRequest } from './request.ts';
import { bodySignedInHex } from './signedHex.ts';

/** The body of a webhook with the ONPLANA profile. */
export interface OnplanaEnvelope<Data = unknown, Name extends string = string> {
  /** `resource.action`. */
  readonly event: Name;
  /** When it happened, RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly organization_id: string;
  /** Null for an event of the whole organization. */
  readonly project_id: string | null;
  /** The same in every retry, so deduplicate by it. */
  readonly delivery_id: string;
  readonly data: Data;
}

/** The top-level fields that an update changed, each with its values. A side is absent where the resource lacked the field. */
export type OnplanaDiff<Data> = {
  readonly [Field in keyof Data]?: { readonly before?: Data[Field]; readonly after?: Data[Field] };
};

/** On `*.updated`, `data` also holds `diff`, where the publisher knew the state before. */
type OnplanaData<Data, Name> = Name extends `${string}.updated` ? Data & { diff?: OnplanaDiff<Data> } : Data;

/** The events of a catalogue, discriminated by `event`: {@link OnplanaEvent} for one's own types. A union of events stays as it is. */
export type OnplanaEventOf<Given> = Given extends OnplanaEnvelope
  ? Given
  : {
      [Name in keyof Given & string]: OnplanaEnvelope<OnplanaData<Given[Name], Name>, Name>;
    }[keyof Given & string];

/** An event of ONPLANA's catalogue, discriminated by `event`. */
export type OnplanaEvent = OnplanaEventOf<OnplanaEventData>;

/**
 * Verifies a request of the ONPLANA profile: `X-Onplana-Signature` is the body's HMAC-SHA256 in hex.
 *
 * @throws VerificationError with a `reason`.
 */
export async function onplana<Given extends object = OnplanaEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<OnplanaEventOf<Given>> {
  const body = await bodySignedInHex(request, secrets, 'X-Onplana-Signature');
  return objectOf(body, {
    event: 'string',
    timestamp: 'string',
    organization_id: 'string',
    project_id: 'string or null',
    delivery_id: 'string',
    data: 'any',
  }) as unknown as OnplanaEventOf<Given>;
}
