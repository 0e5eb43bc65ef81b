import { createHash } from 'node:crypto';

/** The stored form of a credential. Credentials are long and random, so a plain SHA-256 is enough: nobody can guess them. */
export const digestOf = (credential: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(credential, 'utf8').digest());
