import { digestOfHex, requireSignature, type Secrets, textKeys } from './hmac.ts';
import { bodyOf, headerOf, type WebhookRequest } from './request.ts';
import { VerificationError } from './verificationError.ts';

/**
 * The body's bytes, after one of the header's digests was found to be their HMAC-SHA256.
 *
 * @param digestsOf - takes the digests from the header's value, as hex.
 */
export async function bodySignedInHex(
  request: WebhookRequest,
  secrets: Secrets,
  header: string,
  digestsOf: (value: string) => readonly string[] = (value) => [value],
): Promise<Uint8Array> {
  const keys = textKeys(secrets);
  const signatures = digestsOf(headerOf(request, header)).flatMap((digest) => digestOfHex(digest) ?? []);
  if (signatures.length === 0) {
    throw new VerificationError('malformed_header', `The ${header} header has no HMAC-SHA256 in hex.`);
  }
  const body = await bodyOf(request);
  await requireSignature(signatures, keys, body);
  return body;
}
