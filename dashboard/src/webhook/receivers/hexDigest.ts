import type { ReceiverCode } from './receiverCode.ts';

/**
 * For profiles that send the hexadecimal HMAC-SHA256 of the body: as on their pages in the documentation.
 *
 * @param header - that has the digest
 * @param prefix - before the digest
 */
export const hexDigest = (header: string, prefix = ''): ReceiverCode => ({
  node: `import crypto from 'node:crypto';

/** @param headers Node's, with lower-case names @param rawBody the bytes as they came */
export function verify(headers, rawBody, secret) {
  const digest = crypto.createHmac('sha256', secret).update(rawBody).digest('hex');
  const expected = Buffer.from(${prefix ? `\`${prefix}\${digest}\`` : 'digest'});
  const given = Buffer.from(headers['${header.toLowerCase()}'] ?? '');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}`,
  python: `import hashlib
import hmac


def verify(headers, raw_body: bytes, secret: str) -> bool:
    expected = ${prefix && `"${prefix}" + `}hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), headers.get("${header}", "").encode())`,
  go: `package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// Verify says whether the body was signed with the secret.
func Verify(header http.Header, body []byte, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := ${prefix && `"${prefix}" + `}hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(expected), []byte(header.Get("${header}")))
}`,
});
