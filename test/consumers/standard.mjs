// Verifies with the library that Standard Webhooks publishes.
import { Webhook } from 'standardwebhooks';
import { listen } from './listen.mjs';

listen(({ headers, rawBody, secret }) => {
  new Webhook(secret).verify(rawBody, headers);
  return true;
});
