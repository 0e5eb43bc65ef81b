import { planeConnectionCatalogue } from './catalogues/planeConnection.ts';
import type { ProfileDefinition } from './profile.ts';
import { checkOwnSecret, hexOf, randomSecret, signBody } from './signature.ts';
import { any2xx } from './success.ts';
import { withSeconds } from './timestamp.ts';

const minute = 60_000;

/** PlaneConnection: trips, safety reports and invoices, signed in plain hex. */
export const planeConnection: ProfileDefinition = {
  name: 'PLANE_CONNECTION',
  catalogue: planeConnectionCatalogue,
  revision: 1,

  body({ deliveryId, eventType, occurredAt, data }) {
    const head = JSON.stringify({ id: deliveryId, event: eventType, timestamp: withSeconds(occurredAt) });
    return Buffer.from(`${head.slice(0, -1)},"data":${data}}`);
  },

  sign: signBody,
  headers: ({ envelope, signatures }) => ({
    'X-PlaneConnection-Event': envelope.eventType,
    'X-PlaneConnection-Delivery': envelope.deliveryId,
    'X-PlaneConnection-Signature': hexOf(signatures),
  }),

  ownedHeaders: ['x-planeconnection-event', 'x-planeconnection-delivery', 'x-planeconnection-signature'],
  isSuccess: any2xx,
  scheduleMs: [minute, 5 * minute, 30 * minute, 120 * minute],
  jitter: 0,
  timeoutMs: 10_000,
  honoursRetryAfter: false,
  health: { kind: 'BADGE_ONLY', degradedAt: 5 },
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
