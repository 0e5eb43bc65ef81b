// A receiver in the middle of a deploy: it answers each delivery 503 twice, and accepts it the third time.
import { Webhook } from 'standardwebhooks';
import { listen } from './listen.ts';

const refused = new Map<string, number>();

listen(({ headers, body, secret }) => {
  const id = String(headers['webhook-id']);
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
  } catch {
    return { id, verified: false, status: 401 };
  }
  const times = refused.get(id) ?? 0;
  refused.set(id, times + 1);
  return { id, verified: true, status: times < 2 ? 503 : 200 };
});
