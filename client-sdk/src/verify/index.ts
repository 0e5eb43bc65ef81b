/**
 * Verifies received webhooks, with one function for each profile. It has no dependencies and needs only WebCrypto, so it runs in
 * Node, Bun, Deno, browsers and workers.
 *
 * A verified event has the type of its catalogue, a union discriminated by the event's name. For types that a project registered,
 * name their union: `onplana<OnplanaEvent | OnplanaEnvelope<Inspection, 'inspection.passed'>>(request, secret)`. Everhook checked
 * `data` against its schema when it was published; it is not checked again here.
 *
 * @module
 */
export type {
  OnplanaEventData,
  PlaneConnectionEventData,
  PlaneEventData,
  TasksEventData,
  TestplanitEventData,
} from '../generated/events.ts';
export type { Secrets } from './hmac.ts';
export { type OnplanaDiff, type OnplanaEnvelope, type OnplanaEvent, onplana } from './onplana.ts';
export { type PlaneEnvelope, type PlaneEvent, plane } from './plane.ts';
export { type PlaneConnectionEnvelope, type PlaneConnectionEvent, planeConnection } from './planeConnection.ts';
export type { FetchRequest, HeadersInput, HeadersLike, RawRequest, WebhookRequest } from './request.ts';
export { type StandardEvent, type StandardOptions, standard } from './standard.ts';
export { type TasksEnvelope, type TasksEvent, tasks } from './tasks.ts';
export { type TestplanitEnvelope, type TestplanitEvent, testplanit } from './testplanit.ts';
export { VerificationError, type VerificationFailure } from './verificationError.ts';
