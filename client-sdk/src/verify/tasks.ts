import type { TasksEventData } from '../generated/events.ts';
import type { Secrets } from './hmac.ts';
import { headerIfAny, objectOf, type WebhookRequest } from './request.ts';
import { bodySignedInHex } from './signedHex.ts';

/** The body of a webhook with the TASKS profile. */
export interface TasksEnvelope<Data = unknown, Name extends string = string> {
  /**
   * The event's id (`X-Webhook-Delivery`): the same in every retry and replay, so deduplicate by it. The system does not sign it. Absent
   * where the sender is another system, which has no such header.
   */
  readonly delivery_id?: string | undefined;
  /** `resource.action`. */
  readonly event: Name;
  /** When it happened, RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly webhook_id: string;
  readonly data: Data;
}

/** The events of a catalogue, discriminated by `event`. A union of events stays as it is. */
export type TasksEventOf<Given> = Given extends TasksEnvelope
  ? Given
  : { [Name in keyof Given & string]: TasksEnvelope<Given[Name], Name> }[keyof Given & string];

/** An event of TASKS's catalogue, discriminated by `event`. */
export type TasksEvent = TasksEventOf<TasksEventData>;

/**
 * Verifies a request of the TASKS profile: `X-Webhook-Signature` is `sha256=` + the body's HMAC-SHA256 in hex. The bare hex
 * in the system's own example is accepted too.
 *
 * @throws VerificationError with a `reason`.
 */
export async function tasks<Given extends object = TasksEvent>(
  request: WebhookRequest,
  secrets: Secrets,
): Promise<TasksEventOf<Given>> {
  const body = await bodySignedInHex(request, secrets, 'X-Webhook-Signature', (value) => [
    value.replace(/^sha256=/, ''),
  ]);
  const object = objectOf(body, { event: 'string', timestamp: 'string', webhook_id: 'string', data: 'any' });
  const delivery_id = headerIfAny(request, 'X-Webhook-Delivery');
  return (delivery_id === undefined ? object : { ...object, delivery_id }) as unknown as TasksEventOf<Given>;
}
