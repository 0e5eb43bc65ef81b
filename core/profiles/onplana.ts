import { onplanaCatalogue } from './catalogues/onplana.ts';
import { changesBetween, diffOf } from './diff.ts';
import { membersOf, objectOf } from './jsonMembers.ts';
import type { Envelope, ProfileDefinition } from './profile.ts';
import { hexOf, randomSecret, signBody } from './signature.ts';
import { any2xx } from './success.ts';
import { withSeconds } from './timestamp.ts';

/** Onplana: project lifecycle events, signed in plain hex, with a `diff` on every update. */
export const onplana: ProfileDefinition = {
  name: 'ONPLANA',
  catalogue: onplanaCatalogue,
  revision: 1,

  body(envelope) {
    const { eventType, occurredAt, organizationId, projectId, deliveryId } = envelope;
    const head = JSON.stringify({
      event: eventType,
      timestamp: withSeconds(occurredAt),
      organization_id: organizationId,
      project_id: projectId,
      delivery_id: deliveryId,
    });
    return Buffer.from(`${head.slice(0, -1)},"data":${dataOf(envelope)}}`);
  },

  // An update also tells the value before and after of each field that changed.
  bodyGrowth: 3,
  sign: signBody,
  headers: ({ envelope, signatures }) => ({
    'X-Onplana-Event': envelope.eventType,
    'X-Onplana-Signature': hexOf(signatures),
  }),

  ownedHeaders: ['x-onplana-event', 'x-onplana-signature'],
  isSuccess: any2xx,
  scheduleMs: Array.from({ length: 8 }, (_, retry) => 30_000 * 2 ** retry),
  jitter: 0.1,
  timeoutMs: 10_000,
  honoursRetryAfter: false,
  health: { kind: 'BADGE_ONLY', degradedAt: 5 },
  rotation: 'REFUSED',
  secret: { revealable: false, generate: randomSecret },
  url: { schemes: ['https'] },
  testEvent: {
    type: 'webhook.ping',
    data: '{"message":"Onplana reaches this endpoint."}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: true,
};

/** On an update, the published data with `diff` as its last member; it replaces a `diff` that was published. */
function dataOf({ eventType, data, previous }: Envelope): string {
  if (!eventType.endsWith('.updated')) return data;
  const changes = changesBetween(previous, data);
  if (!changes) return data;
  const members = membersOf(data) as Map<string, string>;
  members.delete('diff');
  return objectOf([...members, ['diff', diffOf(changes.filter(({ field }) => field !== 'diff'))]]);
}
