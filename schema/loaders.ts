import type { AnswerBudget } from '../core/answers/budgets.ts';
import type { SentRequest } from '../core/deliveries/sentRequest.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import { batched, type Loader } from './batched.ts';
import type { Services } from './services.ts';
import { sized } from './sized.ts';

/** A JSON object in parts, each as text; null where there is none. */
export interface AuditTexts {
  readonly before: string | null;
  readonly after: string | null;
}

/** What people write about a webhook. */
export interface WebhookTexts {
  readonly description: string | null;
  readonly eventTypes: readonly string[];
}

/** What makes an event type. */
export interface EventTypeTexts {
  readonly description: string | null;
  /** JSON text. */
  readonly schema: string;
  /** JSON text. */
  readonly example: string | null;
}

/** What a receiver answered. */
export interface ResponseTexts {
  /** JSON text: pairs of name and value. */
  readonly headers: string | null;
  readonly body: string | null;
}

/**
 * Look-ups that many rows of one answer need, gathered and asked for at once, each row once however often it is asked for.
 * Those of texts that tenants make long are told their length first, and read only what the operation may still hold.
 */
export interface Loaders {
  /** An event's `data` as JSON text, by the event's id. Null where the event is gone. */
  readonly eventData: Loader<string>;
  /** The beginning of an event's `data`, by the event's id. */
  readonly eventPreview: Loader<string>;
  /** What an audit event says of its target, by the audit event's id. */
  readonly auditTexts: Loader<AuditTexts>;
  readonly webhookTexts: Loader<WebhookTexts>;
  /** A webhook's own headers as they are stored, by its id. */
  readonly webhookHeaders: Loader<Uint8Array>;
  /** What was answered to an attempt, by {@link attemptKey}. */
  readonly responseTexts: Loader<ResponseTexts>;
  /** A stored event type's texts, by its id. */
  readonly eventTypeTexts: Loader<EventTypeTexts>;
  /** Reads what has this name at the first call, and remembers it. */
  once<T>(name: string, read: () => Promise<T>): Promise<T>;
  /** What left at an attempt, by {@link attemptKey}, or at the last one of a delivery, by its id. */
  readonly request: Loader<SentRequest>;
}

interface Sized {
  readonly id: string;
  readonly bytes: number;
}

/** How much of a payload a list shows, in characters. */
const previewLength = 200;

/** An attempt's name among all. */
export const attemptKey = ({ deliveryId, number }: { readonly deliveryId: string; readonly number: number }): string =>
  `${deliveryId}/${number}`;

export function createLoaders(services: Services, answer: AnswerBudget): Loaders {
  // Texts are read as text: Prisma would parse JSON, and lose key order and the writing of numbers.
  const prisma = services.prisma as PrismaClient;
  const requestBytes = batched<number>(
    (ids) => prisma.$queryRaw`
      SELECT d.id, octet_length(e.data::text) + coalesce(octet_length(e.previous::text), 0) AS value
        FROM delivery d JOIN event e ON e.id = d.event_id WHERE d.id = ANY(${ids}::uuid[])`,
  );
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
    const requests = await services.sentRequests(wanted);
    return requests.flatMap((value, index) => (value === null ? [] : [{ id: keys[index] as string, value }]));
  });

  /** The attempts of a delivery share its body, which is read, and counted, once. */
  async function request(key: string): Promise<SentRequest | null> {
    const [deliveryId = ''] = key.split('/');
    await once(`body ${deliveryId}`, async () => answer.read((await requestBytes(deliveryId)) ?? 0));
    return sent(key);
  }

  return {
    eventPreview: batched(
      (ids) =>
        prisma.$queryRaw`SELECT id, left(data::text, ${previewLength}) AS value FROM event WHERE id = ANY(${ids}::uuid[])`,
    ),

    eventData: sized(
      answer,
      (ids, most) => prisma.$queryRaw`
        SELECT id, octet_length(data::text) AS bytes,
               CASE WHEN octet_length(data::text) <= ${most} THEN data::text END AS value
          FROM event WHERE id = ANY(${ids}::uuid[])`,
    ),

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

    eventTypeTexts: sized(answer, async (ids, most) => {
      const rows = await prisma.$queryRaw<(EventTypeTexts & Sized)[]>`
        SELECT id, bytes, CASE WHEN bytes <= ${most} THEN description END AS description,
               CASE WHEN bytes <= ${most} THEN schema::text END AS schema,
               CASE WHEN bytes <= ${most} THEN example::text END AS example
          FROM event_type, LATERAL (
            SELECT coalesce(octet_length(description), 0) + octet_length(schema::text)
                   + coalesce(octet_length(example::text), 0) AS bytes
          ) AS length
         WHERE id = ANY(${ids}::uuid[])`;
      return rows.map(({ id, bytes, description, schema, example }) => ({
        id,
        bytes,
        value: { description, schema, example },
      }));
    }),

    once,

    request: (id) => once(`request ${id}`, () => request(id)),
  };
}
