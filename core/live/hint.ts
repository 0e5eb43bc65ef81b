/** The PostgreSQL channel on which processes notify each other of changes. */
export const channel = 'everhook_live';

/** What kind of thing changed. */
export type Topic = 'delivery' | 'webhookHealth' | 'issue' | 'recovery' | 'deletion' | 'erasure' | 'resume';

/**
 * "Something changed, read it again": never the change itself. So a hint that is lost, doubled or late does no harm, and no
 * tenant's data travels on a channel that every process receives.
 */
export interface Hint {
  readonly topic: Topic;
  /** Null: any organization may have changed. */
  readonly organizationId: string | null;
  /** Ids of what changed, for `decodeIds`; null: too many to name. */
  readonly encodedIds: string | null;
}

/** Changes of one topic: ids by organization; null in place of ids or of organizations where there were too many to name. */
export type Changes = ReadonlyMap<string, ReadonlySet<string> | null> | null;

// PostgreSQL refuses a payload of 8,000 bytes or more.
const maxPayloadBytes = 7_900;
const uuidBytes = 16;
const encodedUuidLength = 22;

/** UUIDs as base64url of their bytes, without separators. */
export function encodeIds(ids: readonly string[]): string {
  const bytes = Buffer.allocUnsafe(ids.length * uuidBytes);
  ids.forEach((id, index) => {
    if (bytes.write(id.replaceAll('-', ''), index * uuidBytes, 'hex') !== uuidBytes)
      throw new Error(`Not a UUID: ${id}`);
  });
  return bytes.toString('base64url');
}

/** The reverse of `encodeIds`. */
export function decodeIds(encoded: string): string[] {
  const hex = Buffer.from(encoded, 'base64url').toString('hex');
  const ids: string[] = [];
  for (let at = 0; at + uuidBytes * 2 <= hex.length; at += uuidBytes * 2) {
    const part = (from: number, to: number) => hex.slice(at + from, at + to);
    ids.push(`${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`);
  }
  return ids;
}

/**
 * Packs changes into as few payloads as possible: `<topic> <organization>[:<ids>] …`, or `<topic> *`.
 *
 * @returns payloads of less than 8,000 bytes, each readable by itself
 */
export function encodeHints(topic: Topic, changes: Changes): string[] {
  if (changes === null) return [`${topic} *`];
  const payloads: string[] = [];
  let payload: string = topic;
  const append = (part: string) => {
    if (payload.length + 1 + part.length > maxPayloadBytes) {
      payloads.push(payload);
      payload = topic;
    }
    payload += ` ${part}`;
  };
  for (const [organizationId, changed] of changes) {
    const organization = encodeIds([organizationId]);
    if (changed === null) {
      append(organization);
      continue;
    }
    const ids = [...changed];
    for (let from = 0; from < ids.length; ) {
      const room = maxPayloadBytes - payload.length - 2 - encodedUuidLength;
      // Where not even one id fits, `append` opens the next payload.
      const count = Math.max(1, Math.floor((room * 3) / 4 / uuidBytes));
      append(`${organization}:${encodeIds(ids.slice(from, from + count))}`);
      from += count;
    }
  }
  if (payload !== topic) payloads.push(payload);
  return payloads;
}

const topics: ReadonlySet<string> = new Set<Topic>([
  'delivery',
  'webhookHealth',
  'issue',
  'recovery',
  'deletion',
  'erasure',
  'resume',
]);

/** Reads a payload. One of another form comes from another program on the channel, or from a later release, and is ignored. */
export function decodeHints(payload: string): Hint[] {
  const [topic, ...parts] = payload.split(' ');
  if (topic === undefined || !topics.has(topic)) return [];
  return parts.flatMap((part): Hint[] => {
    if (part === '*') return [{ topic: topic as Topic, organizationId: null, encodedIds: null }];
    const [organization = '', encodedIds = null] = part.split(':');
    const [organizationId] = decodeIds(organization);
    if (organizationId === undefined) return [];
    return [{ topic: topic as Topic, organizationId, encodedIds }];
  });
}
