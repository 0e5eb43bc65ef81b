import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { prepare } from '../deliveries/attempt.ts';
import { type EnvelopeRow, envelopeColumns, envelopeOf } from '../deliveries/envelopeRow.ts';
import { type DeliverableWebhook, loadWebhook } from '../deliveries/routing.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { userAgent } from '../ground/version.ts';
import type { Hints } from '../live/changeFeed.ts';
import { createPoller } from '../live/poller.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { headersAsSent } from '../sender/headersAsSent.ts';
import { keepAliveMs, maxUnanswered } from './limits.ts';
import type { Looks, ReadWaiting } from './looks.ts';
import { keepAlive, leave, takeOver } from './presence.ts';
import { receiptOf } from './receipt.ts';

/** A request for a listener's client, as an ordinary webhook would get it. */
export interface ListenedRequest {
  /** To be given back with the answer. */
  readonly receipt: string;
  readonly listenerId: string;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** In the order of sending. `host` is that of the listener’s target. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The exact bytes, as UTF-8. */
  readonly body: string;
}

/** Events that are read together: one may have a megabyte. */
const maxRead = 8;

/** An organization's reads for its listeners take turns with those of others. */
export type InTurn = <T>(organizationId: string, work: () => Promise<T>) => Promise<T>;

export interface ListenParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly liveFeed: Hints;
  readonly looks: Looks;
  readonly inTurn: InTurn;
}

/**
 * Yields the requests of a listener, in the order of events, until the signal aborts or the listener is deleted. Those that were not answered
 * come again with the next subscription: what waits is in the database alone, so nothing is lost with a connection or a process.
 * An older subscription to the same listener ends.
 *
 * @throws ApiError NOT_FOUND, or CONFLICT when a newer subscription has taken the listener over
 */
export async function* listenedRequests(
  { pool, keys, liveFeed, looks, inTurn }: ListenParts,
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<ListenedRequest> {
  const connection = randomUUID();
  if (!(await takeOver(pool, id, connection))) throw notFound('listener', 'listenerId');
  const poller = createPoller(liveFeed, 'delivery', organizationId, signal);
  const looking = looks.join(organizationId);
  let unanswered = new Set<string>();
  let saidAt = performance.now();
  try {
    do {
      if (performance.now() - saidAt >= keepAliveMs) {
        if (!(await keepAlive(pool, id, connection))) return await taken(pool, id);
        saidAt = performance.now();
      }
      const waiting = await looking.ask({ listenerId: id, connection, known: unanswered }, signal);
      // Whoever took it over gets what waits.
      if (waiting === null) return await taken(pool, id);
      unanswered = new Set(waiting.filter((each) => unanswered.has(each)));
      const next = waiting.filter((each) => !unanswered.has(each));
      for (let from = 0; from < next.length; from += maxRead) {
        const ids = next.slice(from, from + maxRead);
        const { webhook, rows } = await inTurn(organizationId, async () => ({
          webhook: await loadWebhook(pool, keys, id),
          rows: await readRows(pool, ids),
        }));
        if (!webhook || webhook.deleted) return;
        for (const row of rows) {
          if (signal.aborted) return;
          unanswered.add(row.id);
          yield requestOf(keys, webhook, row);
        }
      }
    } while (await poller.next());
  } finally {
    poller.stop();
    looking.leave();
    // If this fails, the listener vanishes a little later.
    await leave(pool, id, connection).catch(() => {});
  }
}

/** Ends a subscription that has its listener no more. */
async function taken(pool: Pool, id: string): Promise<void> {
  const { rows } = await pool.query<{ deleted: boolean }>(
    'SELECT deleted_at IS NOT NULL AS deleted FROM webhook WHERE id = $1',
    [id],
  );
  if (rows[0]?.deleted === false) {
    throw new ApiError(
      'CONFLICT',
      'Another subscription has taken this listener over: make a listener of your own.',
      'listenerId',
    );
  }
}

/** Reads what waits for listeners: see {@link ReadWaiting}. */
export function waitingReader(pool: Pool, inTurn: InTurn): ReadWaiting {
  return async (organizationId, asks) => {
    const { rows } = await inTurn(organizationId, () =>
      pool.query<{ connection: string; ids: string[] }>({
        name: 'listeners_waiting',
        text: `SELECT w.listener_connection AS connection,
                      ARRAY(SELECT id FROM delivery WHERE webhook_id = w.id AND status = 'HELD' ORDER BY event_id, id LIMIT ${maxUnanswered}) AS ids
                 FROM unnest($1::uuid[], $2::uuid[]) AS asked(id, connection)
                 JOIN webhook w ON w.id = asked.id AND w.listener_connection = asked.connection
                WHERE w.deleted_at IS NULL`,
        values: [asks.map(({ listenerId }) => listenerId), asks.map(({ connection }) => connection)],
      }),
    );
    return new Map(rows.map(({ connection, ids }) => [connection, ids]));
  };
}

interface Row extends EnvelopeRow {
  readonly attempt_count: number;
}

/** What was cancelled or erased meanwhile is left out. */
async function readRows(pool: Pool, ids: readonly string[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>({
    name: 'listener_rows',
    text: `SELECT ${envelopeColumns}, d.attempt_count FROM delivery d JOIN event e ON e.id = d.event_id
            WHERE d.id = ANY ($1::uuid[]) AND d.status = 'HELD' AND e.erased_at IS NULL ORDER BY d.event_id, d.id`,
    values: [ids],
  });
  return rows;
}

function requestOf(keys: KeyRing, webhook: DeliverableWebhook, row: Row): ListenedRequest {
  const envelope = envelopeOf(row);
  const attempt = row.attempt_count + 1;
  const startedAt = new Date();
  const { request } = prepare({ envelope, webhook, attempt, isTest: true }, startedAt, null);
  const { deliveryId, eventId, eventType } = envelope;
  return {
    receipt: receiptOf(keys, webhook.id, { deliveryId, attempt, startedAt: startedAt.getTime() }),
    listenerId: webhook.id,
    deliveryId,
    eventId,
    eventType,
    headers: headersAsSent(webhook.url, userAgent, request.headers, request.body.length),
    body: request.body.toString('utf8'),
  };
}
