import { createHmac, randomBytes } from 'node:crypto';
import type { Signing } from './profile.ts';

/** HMAC-SHA256 over the exact bytes, keyed with the secret's UTF-8 bytes. */
export const signBody = (secret: string, { body }: Pick<Signing, 'body'>): Buffer =>
  createHmac('sha256', secret).update(body).digest();

/** A profile's only signature, in lower-case hex. */
export const hexOf = ([signature]: readonly Buffer[]): string => (signature as Buffer).toString('hex');

/** 256 random bits as 64 hex digits: survives every form, shell and configuration file it is pasted into. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** What is wrong with a secret that a caller brings for a hex signature: 16 to 256 characters that have UTF-8 bytes. */
export function checkOwnSecret(secret: string): string | null {
  if (secret.length < 16 || secret.length > 256) return 'A secret has 16 to 256 characters.';
  return /\p{Surrogate}/u.test(secret) ? 'The secret holds half a character (a lone surrogate).' : null;
}
