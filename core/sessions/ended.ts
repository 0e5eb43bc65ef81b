import { ApiError } from '../ground/errors.ts';

/** Why a session ended, with what is said to whoever comes back with it. */
export const endings = {
  SIGNED_OUT: 'This session was signed out: sign in again.',
  ENDED: 'This session was ended by somebody who may: sign in again.',
  IDLE: 'This session was not used for too long: sign in again.',
  EXPIRED: 'This session has reached its end: sign in again.',
  KEY_ENDED: 'The key that opened this session has expired or was revoked: sign in with another one.',
  REUSED:
    'This session was ended, because a cookie of it was used that had been replaced long before: somebody may have copied it. Sign in again.',
  ISSUER_ENDED: 'Your identity provider has ended this session: sign in again.',
  ISSUER_AWAY: 'Your identity provider could not be asked for too long, so this session ended: sign in again.',
} as const;

export type Ending = keyof typeof endings;

/** A session that was good once. */
export class SessionEnded extends ApiError {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super('UNAUTHENTICATED', endings[ending]);
    this.ending = ending;
  }
}

export const isEnding = (text: string | null): text is Ending => text !== null && Object.hasOwn(endings, text);
