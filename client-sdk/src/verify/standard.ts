import { requireSignature, type Secrets, secretsOf } from './hmac.ts';
import { bodyOf, headerOf, objectOf, type WebhookRequest } from './request.ts';
import { VerificationError } from './verificationError.ts';

/** An event of a webhook with the STANDARD profile. */
export interface StandardEvent<Data = unknown, Type extends string = string> {
  /**
   * The event's id (`webhook-id`), which `publish` returned: the same in every retry, replay and recovery, so deduplicate by it.
   */
  readonly id: string;
  readonly type: Type;
  /** When it happened, RFC 3339 in UTC with milliseconds. */
  readonly timestamp: string;
  readonly data: Data;
}

/**
 * The events of a catalogue, discriminated by `type`: `StandardEventOf<Events>` of a generated interface. A union of events stays as it is.
 */
export type StandardEventOf<Given> = Given extends StandardEvent
  ? Given
  : { [Type in keyof Given & string]: StandardEvent<Given[Type], Type> }[keyof Given & string];

export interface StandardOptions {
  /**
   * Maximum distance of the signing time from now, in seconds, in either direction: 0 or more, and finite.
   * @default 300
   */
  readonly toleranceSeconds?: number;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

/** The key's bytes, from `whsec_` + base64 (the prefix may be left out). */
function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = bytesOfBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
  if (!key?.length) throw new VerificationError('invalid_secret', 'A secret does not have the form whsec_ + base64.');
  return key;
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function checkTimestamp(text: string, { toleranceSeconds = 300, now = () => new Date() }: StandardOptions): void {
  if (!Number.isFinite(toleranceSeconds) || toleranceSeconds < 0) {
    throw new RangeError(
      'toleranceSeconds is not a number of seconds, 0 or more: no signing time could be checked by it.',
    );
  }
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw new VerificationError('malformed_header', 'The webhook-timestamp header is not a Unix time in seconds.');
  }
  const age = Math.floor(now().getTime() / 1000) - Number(text);
  if (Number.isNaN(age)) throw new RangeError('now() gave no valid time: no signing time could be checked by it.');
  if (age > toleranceSeconds) {
    throw new VerificationError('timestamp_too_old', `The request was signed more than ${toleranceSeconds} s ago.`);
  }
  if (age < -toleranceSeconds) {
    throw new VerificationError(
      'timestamp_too_new',
      `The request was signed more than ${toleranceSeconds} s ahead of now.`,
    );
  }
}

/** The signatures of scheme `v1`; others in the header (such as the asymmetric `v1a`) are ignored. */
function signaturesOf(header: string): Uint8Array[] {
  const signatures = header.split(' ').filter((part) => part.startsWith('v1,'));
  if (signatures.length === 0) {
    throw new VerificationError('malformed_header', 'The webhook-signature header has no v1 signature.');
  }
  return signatures.flatMap((part) => {
    const text = part.slice('v1,'.length);
    // A digest has one canonical base64 form; others are refused, as in the published libraries.
    const bytes = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text) ? bytesOfBase64(text) : null;
    return bytes ? [bytes] : [];
  });
}

/**
 * Verifies a request of the STANDARD profile: the Standard Webhooks specification, HMAC-SHA256 over `id.timestamp.body`.
 *
 * @param secrets - `whsec_` + base64, as revealed when the webhook was created; several during a rotation.
 * @typeParam Given - a catalogue's interface, `verify.standard<Events>(…)`, or a union of events
 * @returns the event, after its signature and signing time were checked.
 * @throws VerificationError with a `reason`; RangeError for a tolerance or a clock by which no time could be checked.
 */
export async function standard<Given extends object = StandardEvent>(
  request: WebhookRequest,
  secrets: Secrets,
  options: StandardOptions = {},
): Promise<StandardEventOf<Given>> {
  const keys = secretsOf(secrets).map(keyOf);
  const id = headerOf(request, 'webhook-id');
  const timestamp = headerOf(request, 'webhook-timestamp');
  const signatures = signaturesOf(headerOf(request, 'webhook-signature'));
  checkTimestamp(timestamp, options);
  const body = await bodyOf(request);
  const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  await requireSignature(signatures, keys, signed);
  // The header's id is the signed one: a member with the same name in the body must not replace it.
  return {
    ...objectOf(body, { type: 'string', timestamp: 'string', data: 'any' }),
    id,
  } as unknown as StandardEventOf<Given>;
}
