import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Proof } from './provider.ts';

const form = /^sha256=([0-9a-f]{64})$/;
const nothing = Buffer.alloc(32);

/** `sha256=` and the lower-case hex of the body's HMAC-SHA256 under the secret's UTF-8 bytes. */
export const signature = (secret: string, body: Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Whether a header is exactly the signature. Any header takes the same work. */
export function signatureProof(header: string | null, secret: string): Proof {
  const hmac = createHmac('sha256', secret);
  return {
    update: (piece) => void hmac.update(piece),
    isGiven() {
      const expected = hmac.digest();
      const given = form.exec(header ?? '')?.[1];
      const equal = timingSafeEqual(expected, given === undefined ? nothing : Buffer.from(given, 'hex'));
      return equal && given !== undefined;
    },
  };
}
