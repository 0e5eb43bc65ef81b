import { createHash, randomBytes } from 'node:crypto';

const form = /^[A-Za-z0-9_-]{43}$/;

/** A token as it stands in the URL: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** A signing secret, for the tracker's settings. */
export const newSecret = (): string => randomBytes(32).toString('hex');

/** Whether a text can be a token at all. */
export const isToken = (text: string): boolean => form.test(text);

/** What is stored of a token. It is random and long, so a plain digest cannot be searched for it. */
export const tokenDigest = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
