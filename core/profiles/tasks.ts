import { parseJson } from '../json/parseJson.ts';
import { tasksCatalogue } from './catalogues/tasks.ts';
import type { ProfileDefinition } from './profile.ts';
import { checkOwnSecret, hexOf, randomSecret, signBody } from './signature.ts';
import { any2xx } from './success.ts';
import { unixSeconds, withSeconds } from './timestamp.ts';

const minute = 60_000;

/** The task API: its documented receiver signs `JSON.stringify(req.body)`, so the body is what JavaScript writes. */
export const tasks: ProfileDefinition = {
  name: 'TASKS',
  catalogue: tasksCatalogue,
  revision: 1,

  body: ({ eventType, occurredAt, webhookId, data }) =>
    Buffer.from(
      JSON.stringify({
        event: eventType,
        timestamp: withSeconds(occurredAt),
        webhook_id: webhookId,
        data: parseJson(data),
      }),
    ),

  // JavaScript writes 1e20 with 21 digits.
  bodyGrowth: 6,
  sign: signBody,
  headers: ({ envelope, attemptedAt, signatures }) => ({
    'X-Webhook-Signature': `sha256=${hexOf(signatures)}`,
    'X-Webhook-ID': envelope.webhookId,
    'X-Webhook-Timestamp': String(unixSeconds(attemptedAt)),
    // Not in the system's own document, which asks receivers to handle repeated events but gives no id to detect them by.
    'X-Webhook-Delivery': envelope.eventId,
  }),

  ownedHeaders: ['x-webhook-signature', 'x-webhook-id', 'x-webhook-timestamp', 'x-webhook-delivery'],
  isSuccess: any2xx,
  scheduleMs: [minute, 5 * minute, 30 * minute],
  jitter: 0,
  timeoutMs: 10_000,
  honoursRetryAfter: false,
  health: { kind: 'EXHAUSTED_DELIVERY', degradedAt: 3 },
  rotation: 'CUTOVER',
  secret: { revealable: true, generate: randomSecret, check: checkOwnSecret },
  url: { schemes: ['https'] },
  testEvent: {
    type: 'webhook.test',
    data: '{"message":"This is a test event."}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: false,
};
