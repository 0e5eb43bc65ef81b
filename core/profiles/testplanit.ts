import { testplanitCatalogue } from './catalogues/testplanit.ts';
import type { Envelope, ProfileDefinition } from './profile.ts';
import { randomSecret, signBody } from './signature.ts';
import { any2xx } from './success.ts';
import { withMilliseconds } from './timestamp.ts';

const minute = 60_000;
const testEventType = 'webhook.test';
/** The id in the body of every test event; no stored delivery has it. */
const testDeliveryId = '00000000-0000-0000-0000-000000000000';

/** TestPlanIt's generic endpoint: test runs, sessions, cases and issues, signed with every live secret. */
export const testplanit: ProfileDefinition = {
  name: 'TESTPLANIT',
  catalogue: testplanitCatalogue,
  revision: 1,

  body(envelope) {
    const { eventType, occurredAt, projectId, data } = envelope;
    const head = JSON.stringify({
      id: idOf(envelope),
      event: eventType,
      timestamp: withMilliseconds(occurredAt),
      project_id: projectId,
    });
    return Buffer.from(`${head.slice(0, -1)},"data":${data}}`);
  },

  sign: signBody,
  headers: ({ envelope, signatures }) => ({
    'X-TestPlanIt-Event': envelope.eventType,
    'X-TestPlanIt-Delivery': idOf(envelope),
    'X-TestPlanIt-Signature': signatures.map((signature) => `v1=${signature.toString('hex')}`).join(','),
  }),

  ownedHeaders: ['x-testplanit-event', 'x-testplanit-delivery', 'x-testplanit-signature'],
  isSuccess: any2xx,
  scheduleMs: [minute, 5 * minute, 30 * minute, 120 * minute],
  jitter: 0,
  timeoutMs: 10_000,
  honoursRetryAfter: false,
  health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAt: 10 },
  rotation: 'TWO_SECRETS',
  secret: { revealable: false, generate: randomSecret },
  url: { schemes: ['https'] },
  testEvent: {
    type: testEventType,
    data: '{"id":"00000000-0000-0000-0000-000000000000","name":"Test event"}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: false,
};

/** A test event is the same bytes on every click, so that the second one tests the receiver's deduplication. */
function idOf({ eventType, deliveryId }: Envelope): string {
  return eventType === testEventType ? testDeliveryId : deliveryId;
}
