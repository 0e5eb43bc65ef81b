import { createHmac, randomBytes } from 'node:crypto';
import type { Signing } from './profile.ts';

/** HMAC-SHA256 over the exact bytes, keyed with the secret's UTF-8 bytes. */
export const signBody = (secret: string, { body }: Pick<Signing, 'body'>): Buffer =>
  createHmac('sha256', secret).update(body).digest();

/** The first signature in lower-case hex, for profiles that send only one. */
export const hexOf = ([signature]: readonly Buffer[]): string => (signature as Buffer).toString('hex');

/** 256 random bits as 64 hex digits, which are safe to paste into any form, shell or configuration file. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Says what is wrong with a caller's own secret, or null. It needs 16 to 256 characters that UTF-8 can encode. */
export function checkOwnSecret(secret: string): string | null {
  if (secret.length < 16 || secret.length > 256) return 'A secret has 16 to 256 characters.';
  return /\p{Surrogate}/u.test(secret) ? 'The secret contains half a character (a lone surrogate).' : null;
}
