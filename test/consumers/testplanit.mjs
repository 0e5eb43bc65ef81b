// Verifies TestPlanIt's generic HMAC: one of the signatures in the header was made with the secret that this side holds.
import crypto from 'node:crypto';
import { listen } from './listen.mjs';

listen(({ headers, rawBody, secret }) => {
  const expected = Buffer.from(`v1=${crypto.createHmac('sha256', secret).update(rawBody).digest('hex')}`);
  return headers['x-testplanit-signature']
    .split(',')
    .map((signature) => Buffer.from(signature))
    .some((signature) => signature.length === expected.length && crypto.timingSafeEqual(signature, expected));
});
