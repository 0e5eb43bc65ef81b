import type { PlaneEventData } from '../generated/events.ts';
import { digestOfHex, isSigned, type Secrets, textKeys, wrongSignature } from './hmac.ts';
import { pythonJson } from './pythonJson.ts';
import { bodyOf, headerOf, objectOf, type WebhookRequest } from './request.ts';
import { VerificationError } from './verificationError.ts';

/** The body of a webhook with the PLANE profile. */
export interface PlaneEnvelope<Data = unknown, Resource extends string = string, Action extends string = string> {
  /**
   * The delivery's id (`X-Plane-Delivery`): the same in every retry, so deduplicate by it. The system does not sign it.
   */
  readonly delivery_id: string;
  readonly event: Resource;
  readonly action: Action;
  readonly webhook_id: string;
  readonly workspace_id: string;
  readonly data: Data;
}

type PlaneEventNamed<Data, Name> = Name extends `${infer Resource}.${infer Action}`
  ? PlaneEnvelope<Data, Resource, Action>
  : never;

/** The events of a catalogue, discriminated by `event` and `action`. A union of events stays as it is. */
export type PlaneEventOf<Given> = Given extends PlaneEnvelope
  ? Given
  : { [Name in keyof Given & string]: PlaneEventNamed<Given[Name], Name> }[keyof Given & string];

/** An event of PLANE's catalogue, discriminated by `event` and `action`. */
export type PlaneEvent = PlaneEventOf<PlaneEventData>;

/**
 * Verifies a request of the PLANE profile: `X-Plane-Signature` is the body's HMAC-SHA256 in hex.
 *
 * The system's documentation verifies Python's `json.dumps` of the parsed body. So a body that was parsed and serialized again on
 * its way (`JSON.stringify(request.body)`) is accepted too, as long as its content is the same, up to 1.25 MiB.
 *
 * @throws VerificationError with a `reason`.
 */
export async function plane<Given extends object = PlaneEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<PlaneEventOf<Given>> {
  const keys = textKeys(secrets);
  const signature = digestOfHex(headerOf(request, 'X-Plane-Signature'));
  if (!signature)
    throw new VerificationError('malformed_header', 'The X-Plane-Signature header is not a SHA-256 digest in hex.');
  const delivery_id = headerOf(request, 'X-Plane-Delivery');
  const body = await bodyOf(request);
  if (!(await isSigned([signature], keys, body))) {
    const dumped = pythonJson(new TextDecoder().decode(body));
    // What Python itself wrote has been compared.
    if (dumped === null || isSame(dumped, body)) throw wrongSignature();
    if (!(await isSigned([signature], keys, dumped))) throw wrongSignature();
  }
  const object = objectOf(body, {
    event: 'string',
    action: 'string',
    webhook_id: 'string',
    workspace_id: 'string',
    data: 'any',
  });
  return { ...object, delivery_id } as unknown as PlaneEventOf<Given>;
}

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);
