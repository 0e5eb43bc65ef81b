// Verifies as PlaneConnection's guide tells: HMAC-SHA256(webhook_secret, request_body) against the header.
import crypto from 'node:crypto';
import { listen } from './listen.mjs';

listen(({ headers, rawBody, secret }) => {
  const computed = crypto.createHmac('sha256', secret).update(rawBody).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(headers['x-planeconnection-signature']), Buffer.from(computed));
});
