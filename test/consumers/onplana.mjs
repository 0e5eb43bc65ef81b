// Verifies as Onplana's guide tells: the HMAC of the raw bytes in hex, compared in constant time.
import crypto from 'node:crypto';
import { listen } from './listen.mjs';

listen(({ headers, rawBody, secret }) => {
  const expected = crypto.createHmac('sha256', secret).update(rawBody).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(headers['x-onplana-signature'], 'hex'), Buffer.from(expected, 'hex'));
});
