import { parseJson } from '../json/parseJson.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { KeptTokens } from './issuerClient.ts';

/** What is kept of an issuer's tokens for a session, with whom they are of. */
export interface SessionTokens extends KeptTokens {
  readonly sub: string;
}

/** As in `core/secrets/sealedColumns.ts`. */
const contextOf = (sessionId: string) => `session_tokens:${sessionId}`;

export const sealTokens = (keys: KeyRing, sessionId: string, tokens: SessionTokens): Buffer =>
  keys.seal(JSON.stringify(tokens), contextOf(sessionId));

export const openTokens = (keys: KeyRing, sessionId: string, sealed: Uint8Array): SessionTokens =>
  parseJson(keys.open(sealed, contextOf(sessionId))) as SessionTokens;
