import type { ProfileDefinition, Signing } from './profile.ts';

/** HMAC-SHA256, of every profile that signs: what is kept of an attempt's signatures is cut by it. */
export const signatureBytes = 32;

/** The signatures of one attempt, one for each live secret, the newest first. */
export const signaturesOf = (profile: ProfileDefinition, signing: Signing, secrets: readonly string[]): Buffer[] =>
  profile.sign ? secrets.map((secret) => profile.sign?.(secret, signing) as Buffer) : [];

/** A profile's own headers of one attempt, signed. */
export function signedHeaders(
  profile: ProfileDefinition,
  { secrets, ...signing }: Signing & { readonly secrets: readonly string[] },
): Record<string, string> {
  return profile.headers({ ...signing, signatures: signaturesOf(profile, signing, secrets) });
}
