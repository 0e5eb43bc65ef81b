import type { ProfileDefinition, Signing } from './profile.ts';

/** HMAC-SHA256, in every profile that signs. An attempt's stored signatures are split by this length. */
export const signatureBytes = 32;

/** The signatures of one attempt, one for each live secret, the newest first. */
export const signaturesOf = (profile: ProfileDefinition, signing: Signing, secrets: readonly string[]): Buffer[] =>
  profile.sign ? secrets.map((secret) => profile.sign?.(secret, signing) as Buffer) : [];

/** The profile's own headers for one attempt, signatures included. */
export function signedHeaders(
  profile: ProfileDefinition,
  { secrets, ...signing }: Signing & { readonly secrets: readonly string[] },
): Record<string, string> {
  return profile.headers({ ...signing, signatures: signaturesOf(profile, signing, secrets) });
}
