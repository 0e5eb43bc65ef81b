import { planeCatalogue } from './catalogues/plane.ts';
import { membersOf } from './jsonMembers.ts';
import type { Envelope, ProfileDefinition } from './profile.ts';
import { pythonJson } from './pythonJson.ts';
import { hexOf, randomSecret, signBody } from './signature.ts';

const minute = 60_000;

/** Plane: bodies as Python writes them, because its documented receiver signs `json.dumps(request.json)`. */
export const plane: ProfileDefinition = {
  name: 'PLANE',
  catalogue: planeCatalogue,
  revision: 1,

  body(envelope) {
    const { event, action } = partsOf(envelope.eventType);
    const head = JSON.stringify({
      event,
      action,
      webhook_id: envelope.webhookId,
      workspace_id: envelope.organizationId,
    });
    return Buffer.from(pythonJson(`${head.slice(0, -1)},"data":${dataOf(action, envelope)}}`));
  },

  // A DEL becomes \u007f, which is the worst.
  bodyGrowth: 6,
  sign: signBody,
  headers: ({ envelope, signatures }) => ({
    'X-Plane-Delivery': envelope.deliveryId,
    'X-Plane-Event': partsOf(envelope.eventType).event,
    'X-Plane-Signature': hexOf(signatures),
  }),

  ownedHeaders: ['x-plane-delivery', 'x-plane-event', 'x-plane-signature'],
  isSuccess: (code) => code === 200,
  scheduleMs: [10 * minute, 20 * minute, 40 * minute],
  jitter: 0,
  timeoutMs: 30_000,
  honoursRetryAfter: false,
  health: { kind: 'BADGE_ONLY', degradedAt: 5 },
  rotation: 'CUTOVER',
  secret: { revealable: true, generate: randomSecret },
  url: { schemes: ['https', 'http'] },
  testEvent: {
    type: 'webhook.test',
    data: '{"message":"This is a test event."}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: false,
};

/** `issue_comment.create` is the event `issue_comment` and the action `create`. */
function partsOf(eventType: string): { event: string; action: string } {
  const dot = eventType.lastIndexOf('.');
  return dot < 0
    ? { event: eventType, action: '' }
    : { event: eventType.slice(0, dot), action: eventType.slice(dot + 1) };
}

/** For a deleted object, Plane sends the id alone. */
function dataOf(action: string, { data }: Envelope): string {
  return action === 'delete' ? `{"id":${membersOf(data)?.get('id') ?? 'null'}}` : data;
}
