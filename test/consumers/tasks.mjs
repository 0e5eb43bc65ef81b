// Verifies as the task API's guide tells: the body is parsed first and what JSON.stringify makes of it is signed. The header
// is compared with its specified `sha256=` prefix, which the guide's own code forgets.
import crypto from 'node:crypto';
import { listen } from './listen.mjs';

listen(({ headers, rawBody, secret }) => {
  const payload = JSON.stringify(JSON.parse(rawBody));
  const expected = `sha256=${crypto.createHmac('sha256', secret).update(payload).digest('hex')}`;
  return crypto.timingSafeEqual(Buffer.from(headers['x-webhook-signature']), Buffer.from(expected));
});
