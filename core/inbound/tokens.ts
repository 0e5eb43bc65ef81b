import { createHash, randomBytes } from 'node:crypto';

const form = /^[A-Za-z0-9_-]{43}$/;

/** A token for the URL: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** A signing secret, for the tracker's settings. */
export const newSecret = (): string => randomBytes(32).toString('hex');

/** Whether a text has the form of a token. */
export const isToken = (text: string): boolean => form.test(text);

/** The stored form of a token. A token is random and long, so nobody can find it from a plain digest. */
export const tokenDigest = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
