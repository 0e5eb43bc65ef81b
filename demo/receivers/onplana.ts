// A receiver that verifies as Onplana's documentation says: the HMAC of the raw bytes in hex, compared in constant time.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { listen } from './listen.ts';

listen(({ headers, body, secret }) => {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(String(headers['x-onplana-signature']), 'hex');
  const verified = given.length === expected.length && timingSafeEqual(given, expected);
  return { id: String(JSON.parse(body.toString()).delivery_id), verified, status: verified ? 200 : 401 };
});
