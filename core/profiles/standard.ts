import { createHmac, randomBytes } from 'node:crypto';
import type { HeaderParts, ProfileDefinition } from './profile.ts';
import { any2xx } from './success.ts';
import { unixSeconds, withMilliseconds } from './timestamp.ts';

const secretPrefix = 'whsec_';
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const body: ProfileDefinition['body'] = ({ eventType, occurredAt, data }) =>
  Buffer.from(`{"type":${JSON.stringify(eventType)},"timestamp":"${withMilliseconds(occurredAt)}","data":${data}}`);

/** The headers of requests that carry this id. */
const headersWith = (id: string, { attemptedAt, signatures }: HeaderParts) => ({
  'webhook-id': id,
  'webhook-timestamp': String(unixSeconds(attemptedAt)),
  'webhook-signature': signatures.map((signature) => `v1,${signature.toString('base64')}`).join(' '),
});

/**
 * Standard Webhooks 1.0 (https://www.standardwebhooks.com): its published libraries verify these deliveries.
 * This is the profile for projects that define their own event types.
 */
export const standard: ProfileDefinition = {
  name: 'STANDARD',
  catalogue: [],
  revision: 2,
  // Revision 1 sent the delivery's id, which a replay does not keep.
  earlier: { 1: { body, headers: (parts) => headersWith(parts.envelope.deliveryId, parts) } },
  body,

  /** The timestamp is the attempt's, not the event's: receivers refuse signatures that are a few minutes old. */
  sign(secret, { envelope, body, attemptedAt }) {
    const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
    const signed = `${envelope.eventId}.${unixSeconds(attemptedAt)}.`;
    return createHmac('sha256', key).update(signed).update(body).digest();
  },

  /** The specification's message is the event: its id is the same in retries, replays and recoveries. */
  headers: (parts) => headersWith(parts.envelope.eventId, parts),

  ownedHeaders: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  isSuccess: any2xx,
  scheduleMs: [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour],
  jitter: 0.1,
  timeoutMs: 15 * second,
  honoursRetryAfter: true,
  health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAfterMs: 5 * day, disabledOnCodes: [410] },
  rotation: 'TWO_SECRETS',
  secret: { revealable: true, generate: () => secretPrefix + randomBytes(32).toString('base64'), check: checkSecret },
  url: { schemes: ['https'] },
  testEvent: {
    type: 'webhook.test',
    data: '{"message":"This is a test event."}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: false,
};

/** 64 bytes in Base64. */
const maxEncodedLength = 88;

const unpadded = (encoded: string): string => encoded.replace(/=+$/, '');

/** The specification asks for 24 to 64 bytes. */
function checkSecret(secret: string): string | null {
  const encoded = secret.slice(secretPrefix.length);
  // Checked first: the pattern in `unpadded` is slow on a long run of padding.
  const fits = secret.startsWith(secretPrefix) && encoded.length <= maxEncodedLength;
  const key = fits ? Buffer.from(encoded, 'base64') : Buffer.of();
  return key.length >= 24 && key.length <= 64 && unpadded(key.toString('base64')) === unpadded(encoded)
    ? null
    : 'A secret of this profile is whsec_ and the base64 of 24 to 64 bytes.';
}
