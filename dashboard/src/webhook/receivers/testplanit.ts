import type { ReceiverCode } from './receiverCode.ts';

/** As on the profile’s page in the documentation. */
export default {
  node: `import crypto from 'node:crypto';

/** @param headers Node's, with lower-case names @param rawBody the bytes as they came */
export function verify(headers, rawBody, secret) {
  const expected = Buffer.from(\`v1=\${crypto.createHmac('sha256', secret).update(rawBody).digest('hex')}\`);
  return (headers['x-testplanit-signature'] ?? '')
    .split(',')
    .map((signature) => Buffer.from(signature))
    .some((given) => given.length === expected.length && crypto.timingSafeEqual(given, expected));
}`,
  python: `import hashlib
import hmac


def verify(headers, raw_body: bytes, secret: str) -> bool:
    expected = b"v1=" + hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest().encode()
    given = headers.get("X-TestPlanIt-Signature", "").split(",")
    return any(hmac.compare_digest(expected, signature.encode()) for signature in given)`,
  go: `package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// Verify says whether the body was signed with the secret.
func Verify(header http.Header, body []byte, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "v1=" + hex.EncodeToString(mac.Sum(nil))
	for _, signature := range strings.Split(header.Get("X-TestPlanIt-Signature"), ",") {
		if hmac.Equal([]byte(expected), []byte(signature)) {
			return true
		}
	}
	return false
}`,
} satisfies ReceiverCode;
