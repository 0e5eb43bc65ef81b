import { createHash } from 'node:crypto';

/** What is kept of a credential. Ours are random and long, so a plain SHA-256 cannot be searched for them. */
export const digestOf = (credential: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(credential, 'utf8').digest());
