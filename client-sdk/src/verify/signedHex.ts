import { digestOfHex, requireSignature, type Secrets, textKeys } from './hmac.ts';
import { bodyOf, headerOf, type WebhookRequest } from './request.ts';
import { VerificationError } from './verificationError.ts';

/**
 * The body's bytes, once one of the header's digests is found to be their HMAC-SHA256.
 *
 * @param digestsOf - takes the digests out of the header's value, as hex.
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
    throw new VerificationError('malformed_header', `The ${header} header holds no HMAC-SHA256 in hex.`);
  }
  const body = await bodyOf(request);
  await requireSignature(signatures, keys, body);
  return body;
}
