import type { AnswerBudget } from '../core/answers/budgets.ts';
import { readTargetStates, type TargetKey, type TargetState } from '../core/audit/targetStates.ts';
import type { SentRequest } from '../core/deliveries/sentRequest.ts';
import type { EventTypeTexts } from '../core/events/catalogues.ts';
import { parseJson } from '../core/json/parseJson.ts';
import type { ProfileName } from '../core/profiles/profile.ts';
import { profileOf } from '../core/profiles/registry.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import { batched, type Loader } from './batched.ts';
import type { Services } from './services.ts';
import { sized } from './sized.ts';

/** A JSON object in parts, each as text; null where there is none. */
export interface AuditTexts {
  readonly before: string | null;
  readonly after: string | null;
}

/** A webhook's texts that tenants may make long. */
export interface WebhookTexts {
  readonly description: string | null;
  readonly eventTypes: readonly string[];
}

/** A receiver's answer. */
export interface ResponseTexts {
  /** JSON text: pairs of name and value. */
  readonly headers: string | null;
  readonly body: string | null;
}

/**
 * Look-ups for many rows of one answer, batched, each row once. Look-ups of texts that tenants may make long read the length
 * first, and the text only where the operation may still hold it.
 */
export interface Loaders {
  /** An event's `data` as JSON text, by the event's id. Null where the event no longer exists. */
  readonly eventData: Loader<string>;
  /** The beginning of an event's `data`, by the event's id. */
  readonly eventPreview: Loader<string>;
  /** An audit event's old and new values, by its id. */
  readonly auditTexts: Loader<AuditTexts>;
  /** By a `TargetKey` as JSON. */
  readonly auditTarget: Loader<TargetState>;
  readonly webhookTexts: Loader<WebhookTexts>;
  /** A webhook's own headers, as stored, by its id. */
  readonly webhookHeaders: Loader<Uint8Array>;
  /** The receiver's answer to an attempt, by {@link attemptKey}. */
  readonly responseTexts: Loader<ResponseTexts>;
  /** A stored event type's texts, by its id. */
  readonly eventTypeTexts: Loader<EventTypeTexts>;
  /** The same of one of its versions, by the version's id. */
  readonly eventTypeVersionTexts: Loader<EventTypeTexts>;
  /** Calls the function once for each name, and caches its result. */
  once<T>(name: string, read: () => Promise<T>): Promise<T>;
  /** The request of an attempt, by {@link attemptKey}, or of a delivery's last attempt, by the delivery's id. */
  readonly request: Loader<SentRequest>;
}

/** Bytes of the texts that a request is built from, and the most that its body may have. */
interface RequestSize {
  readonly bytes: number;
  readonly most: number;
}

interface Sized {
  readonly id: string;
  readonly bytes: number;
}

/** Length of a payload's preview in a list, in characters. */
const previewLength = 200;

/** Identifies an attempt. */
export const attemptKey = ({ deliveryId, number }: { readonly deliveryId: string; readonly number: number }): string =>
  `${deliveryId}/${number}`;

export function createLoaders(services: Services, answer: AnswerBudget): Loaders {
  // JSON is read as text: Prisma would parse it, and lose key order and the text of numbers.
  const prisma = services.prisma as PrismaClient;
  const requestSizes = batched<RequestSize>(async (ids) => {
    const rows = await prisma.$queryRaw<{ id: string; bytes: number; profile: ProfileName }[]>`
      SELECT d.id, w.profile, octet_length(e.data::text) + coalesce(octet_length(e.previous::text), 0) AS bytes
        FROM delivery d JOIN event e ON e.id = d.event_id JOIN webhook w ON w.id = d.webhook_id
       WHERE d.id = ANY(${ids}::uuid[])`;
    return rows.map(({ id, bytes, profile }) => ({
      id,
      value: { bytes, most: bytes * (profileOf(profile).bodyGrowth ?? 1) },
    }));
  });
  const remembered = new Map<string, Promise<unknown>>();

  function once<T>(name: string, read: () => Promise<T>): Promise<T> {
    const made = (remembered.get(name) as Promise<T> | undefined) ?? read();
    remembered.set(name, made);
    return made;
  }

  const sent = batched<SentRequest>(async (keys) => {
    const wanted = keys.map((key) => {
      const [deliveryId = '', number] = key.split('/');
      return { deliveryId, number: number === undefined ? null : Number(number) };
    });
    const requests = await services.sentRequests(wanted, (bytes) => answer.built(bytes));
    return requests.flatMap((value, index) => (value === null ? [] : [{ id: keys[index] as string, value }]));
  });

  /** The attempts of a delivery share one body, which is read and counted once. */
  async function request(key: string): Promise<SentRequest | null> {
    const [deliveryId = ''] = key.split('/');
    await once(`body ${deliveryId}`, async () => {
      const { bytes, most } = (await requestSizes(deliveryId)) ?? { bytes: 0, most: 0 };
      await answer.read(bytes, most);
    });
    return sent(key);
  }

  /** The texts of an event type, or of one of its versions. */
  const typeTexts = (table: 'event_type' | 'event_type_version') =>
    sized(answer, async (ids, most) => {
      const rows = await prisma.$queryRawUnsafe<(EventTypeTexts & Sized)[]>(
        `SELECT id, bytes, CASE WHEN bytes <= $2 THEN description END AS description,
                CASE WHEN bytes <= $2 THEN schema::text END AS schema,
                CASE WHEN bytes <= $2 THEN example::text END AS example
           FROM ${table}, LATERAL (
             SELECT coalesce(octet_length(description), 0) + octet_length(schema::text)
                    + coalesce(octet_length(example::text), 0) AS bytes
           ) AS length
          WHERE id = ANY($1::uuid[])`,
        ids,
        most,
      );
      return rows.map(({ id, bytes, description, schema, example }) => ({
        id,
        bytes,
        value: { description, schema, example },
      }));
    });

  return {
    eventPreview: batched(
      (ids) =>
        prisma.$queryRaw`SELECT id, left(data::text, ${previewLength}) AS value FROM event
          WHERE id = ANY(${ids}::uuid[]) AND erased_at IS NULL`,
    ),

    eventData: sized(
      answer,
      (ids, most) => prisma.$queryRaw`
        SELECT id, octet_length(data::text) AS bytes,
               CASE WHEN octet_length(data::text) <= ${most} THEN data::text END AS value
          FROM event WHERE id = ANY(${ids}::uuid[])`,
    ),

    auditTarget: batched(async (keys) => {
      const query = <Row>(text: string, ...values: unknown[]) => prisma.$queryRawUnsafe<Row[]>(text, ...values);
      const states = await readTargetStates(
        query,
        keys.map((key) => parseJson(key) as TargetKey),
      );
      return keys.map((id, place) => ({ id, value: states[place] as TargetState }));
    }),

    auditTexts: sized(answer, async (ids, most) => {
      const rows = await prisma.$queryRaw<(AuditTexts & Sized)[]>`
        SELECT id, bytes, CASE WHEN bytes <= ${most} THEN before::text END AS before,
               CASE WHEN bytes <= ${most} THEN after::text END AS after
          FROM audit_event, LATERAL (
            SELECT coalesce(octet_length(before::text), 0) + coalesce(octet_length(after::text), 0) AS bytes
          ) AS length
         WHERE id = ANY(${ids}::uuid[])`;
      return rows.map(({ id, bytes, before, after }) => ({ id, bytes, value: { before, after } }));
    }),

    webhookTexts: sized(answer, async (ids, most) => {
      const rows = await prisma.$queryRaw<({ description: string | null; types: string[] | null } & Sized)[]>`
        SELECT id, bytes, CASE WHEN bytes <= ${most} THEN description END AS description,
               CASE WHEN bytes <= ${most} THEN event_types END AS types
          FROM webhook, LATERAL (
            SELECT coalesce(octet_length(description), 0) + octet_length(array_to_string(event_types, ',')) AS bytes
          ) AS length
         WHERE id = ANY(${ids}::uuid[])`;
      return rows.map(({ id, bytes, description, types }) => ({
        id,
        bytes,
        value: { description, eventTypes: types ?? [] },
      }));
    }),

    webhookHeaders: sized(
      answer,
      (ids, most) => prisma.$queryRaw`
        SELECT id, octet_length(headers_sealed) AS bytes,
               CASE WHEN octet_length(headers_sealed) <= ${most} THEN headers_sealed END AS value
          FROM webhook WHERE id = ANY(${ids}::uuid[]) AND headers_sealed IS NOT NULL`,
    ),

    responseTexts: sized(answer, async (keys, most) => {
      const rows = await prisma.$queryRaw<(ResponseTexts & Sized)[]>`
        SELECT key AS id, bytes, CASE WHEN bytes <= ${most} THEN response_headers::text END AS headers,
               CASE WHEN bytes <= ${most} THEN response_body END AS body
          FROM unnest(${keys}::text[]) AS key
          JOIN attempt ON delivery_id = split_part(key, '/', 1)::uuid AND number = split_part(key, '/', 2)::int,
               LATERAL (
                 SELECT coalesce(octet_length(response_headers::text), 0) + coalesce(octet_length(response_body), 0) AS bytes
               ) AS length`;
      return rows.map(({ id, bytes, headers, body }) => ({ id, bytes, value: { headers, body } }));
    }),

    eventTypeTexts: typeTexts('event_type'),
    eventTypeVersionTexts: typeTexts('event_type_version'),

    once,

    request: (id) => once(`request ${id}`, () => request(id)),
  };
}
