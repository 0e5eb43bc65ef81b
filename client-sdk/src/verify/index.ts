/**
 * Verification of received webhooks, one function a profile. No dependencies: WebCrypto alone, so it runs in Node, Bun, Deno,
 * browsers and workers.
 *
 * A verified event has the type of its catalogue, a union told apart by the event's name; for types that a project brought
 * itself, name their union: `onplana<OnplanaEvent | OnplanaEnvelope<Inspection, 'inspection.passed'>>(request, secret)`. What a
 * sender puts in `data` was checked against its schema when it was published, and is not checked again here.
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
