import type { Pool } from 'pg';
import type { KeyRing } from '../secrets/keyRing.ts';
import { requestOf } from './attempt.ts';
import { type EnvelopeRow, envelopeColumns, envelopeOf } from './envelopeRow.ts';
import { loadWebhook } from './routing.ts';

/** One HTTP request, for people to read. */
export interface SentRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * What a delivery sends, made from its event and its webhook as they are now; the signature is that of its last attempt, with
 * the secrets of now. Credentials among the webhook's own headers, and a URL that is one, are left out.
 *
 * @returns null where the delivery has no event or webhook to make it from
 */
export async function sentRequest(pool: Pool, keys: KeyRing, deliveryId: string): Promise<SentRequest | null> {
  const { rows } = await pool.query<EnvelopeRow & { url: string; attempt_count: number; attempted_at: Date | null }>({
    name: 'sent_request',
    text: `
      SELECT ${envelopeColumns}, d.attempt_count, w.url,
             (SELECT max(started_at) FROM attempt a WHERE a.delivery_id = d.id) AS attempted_at
        FROM delivery d JOIN event e ON e.id = d.event_id JOIN webhook w ON w.id = d.webhook_id
       WHERE d.id = $1`,
    values: [deliveryId],
  });
  const [row] = rows;
  const webhook = row && (await loadWebhook(pool, keys, row.webhook_id));
  if (!webhook) return null;
  const request = requestOf(
    { webhook: { ...webhook, headers: [] }, attempt: Math.max(1, row.attempt_count), envelope: envelopeOf(row) },
    row.attempted_at ?? new Date(),
  );
  return {
    method: 'POST',
    url: row.url,
    headers: [...Object.entries(request.headers), ...webhook.headers.map(([name]) => [name, '[redacted]'] as const)],
    body: request.body.toString('utf8'),
  };
}
