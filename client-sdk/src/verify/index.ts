/**
 * Verification of received webhooks, one function a profile. No dependencies: WebCrypto alone, so it runs in Node, Bun, Deno,
 * browsers and workers.
 *
 * @module
 */
export type { Secrets } from './hmac.ts';
export { type OnplanaEvent, onplana } from './onplana.ts';
export { type PlaneEvent, plane } from './plane.ts';
export { type PlaneConnectionEvent, planeConnection } from './planeConnection.ts';
export type { FetchRequest, HeadersInput, HeadersLike, RawRequest, WebhookRequest } from './request.ts';
export { type StandardEvent, type StandardOptions, standard } from './standard.ts';
export { type TasksEvent, tasks } from './tasks.ts';
export { type TestplanitEvent, testplanit } from './testplanit.ts';
export { VerificationError, type VerificationFailure } from './verificationError.ts';
