// A receiver that uses only the library that Standard Webhooks publishes.
import { Webhook } from 'standardwebhooks';
import { listen } from './listen.ts';

listen(({ headers, body, secret }) => {
  const id = String(headers['webhook-id']);
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return { id, verified: true, status: 204 };
  } catch {
    return { id, verified: false, status: 401 };
  }
});
