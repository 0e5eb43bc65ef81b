import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Envelope, ProfileDefinition, ProfileName } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import { signatureBytes } from '../profiles/signed.ts';
import { headersAsSent } from '../sender/headersAsSent.ts';
import type { AttemptOutcome } from '../store/prisma/enums.ts';
import { sentTraceparent } from '../tracing/keptTraceparent.ts';
import { addTraceparent, requestHeaders } from './attempt.ts';
import { type EnvelopeRow, envelopeColumns, envelopeOf } from './envelopeRow.ts';
import { hiddenValue } from './ownHeaders.ts';
import type { NumberedTemplate } from './requestTemplate.ts';

/**
 * One HTTP request as it was sent, for people to read. The values of the webhook's own headers are hidden, and so is a URL that
 * is a credential. Parts that are no longer known are null: nothing is shown that was not sent.
 */
export interface SentRequest {
  readonly method: 'POST';
  readonly url: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[] | null;
  readonly body: string | null;
}

/** An attempt of a delivery. Null as number: the last one that sent a request. */
export interface AttemptKey {
  readonly deliveryId: string;
  readonly number: number | null;
}

interface AttemptRow {
  readonly delivery_id: string;
  readonly number: number;
  readonly started_at: Date;
  readonly outcome: AttemptOutcome;
  readonly signatures: Buffer | null;
  readonly traceparent: Buffer | null;
  readonly profile: ProfileName;
  readonly template: Omit<NumberedTemplate, 'number'> | null;
}

/** Attempts of version 0.1 have no template; these outcomes prove that a request was sent. */
const answered: ReadonlySet<AttemptOutcome> = new Set(['SUCCEEDED', 'HTTP_ERROR', 'INVALID_RESPONSE']);
/** The revision of the profiles' code that made them. */
const firstRevision = 1;

/** What holds the thread longer is followed by a rest. Milliseconds. */
const longMs = 5;

const left = ({ template, outcome }: AttemptRow): boolean => template !== null || answered.has(outcome);

/**
 * Rebuilds the requests of attempts from the event, the profile, the webhook's template at that time, and the attempt's time,
 * signatures and position in a trace.
 *
 * @param built - called after each body with the bytes that it has more than the event's texts; where it throws, no more are built
 * @returns one for each key; null if no request was sent, or the event was erased or is gone
 */
export async function sentRequests(
  pool: Pool,
  keys: readonly AttemptKey[],
  built: (bytes: number) => void,
): Promise<(SentRequest | null)[]> {
  const ids = [...new Set(keys.map(({ deliveryId }) => deliveryId))];
  const attempts = new Map<string, AttemptRow[]>(ids.map((id) => [id, []]));
  const { rows } = await pool.query<AttemptRow>({ name: 'sent_attempts', text: attemptsStatement, values: [ids] });
  for (const row of rows) attempts.get(row.delivery_id)?.push(row);
  const wanted = keys.map(({ deliveryId, number }) => {
    const found = attempts.get(deliveryId)?.filter(left) ?? [];
    return number === null ? found.at(-1) : found.find((attempt) => attempt.number === number);
  });
  const envelopes = await envelopesOf(pool, [...new Set(wanted.flatMap((attempt) => attempt?.delivery_id ?? []))]);
  // All attempts of a delivery by one revision share one text: there may be many, and it may be a megabyte.
  const bodies = new Map<string, Body>();
  const made: (SentRequest | null)[] = [];
  for (const attempt of wanted) {
    const beganAt = performance.now();
    made.push(requestOf(attempt));
    const tookMs = performance.now() - beganAt;
    // Writing a body of a megabyte may hold the thread for some tenths of a second: others have it as long before the next one.
    if (tookMs > longMs) await sleep(tookMs);
  }
  return made;

  function requestOf(attempt: AttemptRow | undefined): SentRequest | null {
    const envelope = attempt && envelopes.get(attempt.delivery_id);
    if (!envelope) return null;
    const { template } = attempt;
    const maker = makerOf(profileOf(attempt.profile), template?.revision ?? firstRevision);
    // Another revision of the code would build other bytes from the same event.
    if (!maker) return { method: 'POST', url: template?.url ?? null, headers: null, body: null };
    const key = `${envelope.deliveryId} ${template?.revision ?? firstRevision}`;
    let body = bodies.get(key);
    if (body === undefined) {
      body = bodyOf(maker, envelope);
      bodies.set(key, body);
      built(body.length - Buffer.byteLength(envelope.data) - Buffer.byteLength(envelope.previous ?? ''));
    }
    return asSent(attempt, maker, envelope, body);
  }
}

/** What makes requests of one revision. */
type Maker = Pick<ProfileDefinition, 'body' | 'headers'>;

const makerOf = (profile: ProfileDefinition, revision: number): Maker | undefined =>
  revision === profile.revision ? profile : profile.earlier?.[revision];

interface Body {
  readonly text: string;
  readonly length: number;
}

function bodyOf(maker: Maker, envelope: Envelope): Body {
  const bytes = maker.body(envelope);
  return { text: bytes.toString('utf8'), length: bytes.length };
}

function asSent(attempt: AttemptRow, maker: Maker, envelope: Envelope, body: Body): SentRequest {
  const { template, signatures, traceparent, started_at: attemptedAt } = attempt;
  if (!template) return { method: 'POST', url: null, headers: null, body: body.text };
  const own = template.headerNames.map((name) => [name, hiddenValue] as const);
  const headers = requestHeaders(own, maker.headers({ envelope, attemptedAt, signatures: apart(signatures) }));
  addTraceparent(headers, traceparent && sentTraceparent(traceparent, envelope.traceparent ?? null));
  return {
    method: 'POST',
    url: template.url,
    headers: headersAsSent(template.url, template.userAgent, headers, body.length),
    body: body.text,
  };
}

function apart(signatures: Buffer | null): Buffer[] {
  const each: Buffer[] = [];
  for (let at = 0; signatures !== null && at < signatures.length; at += signatureBytes) {
    each.push(signatures.subarray(at, at + signatureBytes));
  }
  return each;
}

async function envelopesOf(pool: Pool, deliveryIds: readonly string[]): Promise<Map<string, Envelope>> {
  const { rows } = await pool.query<EnvelopeRow>({
    name: 'sent_envelopes',
    text: `SELECT ${envelopeColumns} FROM delivery d JOIN event e ON e.id = d.event_id
            WHERE d.id = ANY ($1::uuid[]) AND e.erased_at IS NULL`,
    values: [deliveryIds],
  });
  return new Map(rows.map((row) => [row.id, envelopeOf(row)]));
}

const attemptsStatement = `
  SELECT a.delivery_id, a.number, a.started_at, a.outcome, a.signatures, a.traceparent, w.profile,
         CASE WHEN t.number IS NOT NULL THEN
           json_build_object('revision', t.revision, 'url', t.url, 'headerNames', t.header_names, 'userAgent', t.user_agent)
         END AS template
    FROM delivery d
    JOIN attempt a ON a.delivery_id = d.id
    JOIN webhook w ON w.id = d.webhook_id
    LEFT JOIN request_template t ON t.webhook_id = d.webhook_id AND t.number = a.request_template
   WHERE d.id = ANY ($1::uuid[])
   ORDER BY a.number`;
