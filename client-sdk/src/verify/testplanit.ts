import type { TestplanitEventData } from '../generated/events.ts';
import type { Secrets } from './hmac.ts';
import { objectOf, type WebhookRequest } from './request.ts';
import { bodySignedInHex } from './signedHex.ts';

/** The body of a webhook with the TESTPLANIT profile. */
export interface TestplanitEnvelope<Data = unknown, Name extends string = string> {
  /** The delivery's id: the same in every retry, so deduplicate by it. */
  readonly id: string;
  /** `subject.verb`. */
  readonly event: Name;
  /** When it happened, RFC 3339 in UTC with milliseconds. */
  readonly timestamp: string;
  readonly project_id: string | null;
  readonly data: Data;
}

/** The events of a catalogue, discriminated by `event`. A union of events stays as it is. */
export type TestplanitEventOf<Given> = Given extends TestplanitEnvelope
  ? Given
  : { [Name in keyof Given & string]: TestplanitEnvelope<Given[Name], Name> }[keyof Given & string];

/** An event of TESTPLANIT's catalogue, discriminated by `event`. */
export type TestplanitEvent = TestplanitEventOf<TestplanitEventData>;

/**
 * Verifies a request of the TESTPLANIT profile: `X-TestPlanIt-Signature` holds `v1=` + the body's HMAC-SHA256 in hex for
 * each live secret, separated by commas. One match is enough, so a rotation breaks no receiver that has either secret.
 *
 * @throws VerificationError with a `reason`.
 */
export async function testplanit<Given extends object = TestplanitEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<TestplanitEventOf<Given>> {
  const body = await bodySignedInHex(request, secrets, 'X-TestPlanIt-Signature', (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part.startsWith('v1='))
      .map((part) => part.slice('v1='.length)),
  );
  return objectOf(body, {
    id: 'string',
    event: 'string',
    timestamp: 'string',
    project_id: 'string or null',
    data: 'any',
  }) as unknown as TestplanitEventOf<Given>;
}
