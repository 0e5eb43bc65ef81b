/**
 * Verifies received webhooks, with one function for each profile. It has no dependencies and needs only WebCrypto, so it runs in
 * Node, Bun, Deno, browsers and workers.
 *
 * A verified event has the type of its catalogue, a union discriminated by the event's name. For types that a project registered,
 * name the interface that is generated from its catalogue: `standard<Events>(request, secret)`, or with the profile's own events
 * `onplana<OnplanaEventData & Events>(request, secret)`. Everhook checked `data` against its schema when it was published; it is not
 * checked again here. `handlers` hands events to functions by their names.
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
export { type Handle, Handlers, handlers, UnhandledEventError } from './handlers.ts';
export type { Secrets } from './hmac.ts';
export { type OnplanaDiff, type OnplanaEnvelope, type OnplanaEvent, type OnplanaEventOf, onplana } from './onplana.ts';
export { type PlaneEnvelope, type PlaneEvent, type PlaneEventOf, plane } from './plane.ts';
export {
  type PlaneConnectionEnvelope,
  type PlaneConnectionEvent,
  type PlaneConnectionEventOf,
  planeConnection,
} from './planeConnection.ts';
export type { FetchRequest, HeadersInput, HeadersLike, RawRequest, WebhookRequest } from './request.ts';
export { type StandardEvent, type StandardEventOf, type StandardOptions, standard } from './standard.ts';
export { type TasksEnvelope, type TasksEvent, type TasksEventOf, tasks } from './tasks.ts';
export { type TestplanitEnvelope, type TestplanitEvent, type TestplanitEventOf, testplanit } from './testplanit.ts';
export { VerificationError, type VerificationFailure } from './verificationError.ts';
