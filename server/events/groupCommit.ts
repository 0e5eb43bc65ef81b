import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Asked, type FastLane } from '../deliveries/fastLane.ts';
import type { RouteCache, Routes } from '../deliveries/routing.ts';
import type { DeliveryTask } from '../deliveries/task.ts';
import type { Waker } from '../deliveries/waker.ts';
import { ApiError } from '../errors.ts';
import type { Notifier } from '../live/notifier.ts';
import { newId } from '../newId.ts';
import { plainArray, textArray } from '../store/arrayLiteral.ts';
import { isDataError } from '../store/dataError.ts';
import { WritePacing } from '../writePacing.ts';
import { type FirstCall, firstCalls } from './idempotency.ts';
import { insertStatement, isKeyInUse } from './insertStatement.ts';
import type { PublishedEvent, PublishScope } from './published.ts';

/** One call's events, ready to be stored. */
export interface Call {
  readonly scope: PublishScope;
  readonly events: readonly CallEvent[];
  resolve(events: PublishedEvent[]): void;
  reject(error: unknown): void;
}

export interface CallEvent {
  event: PublishedEvent;
  readonly previous: string | null;
  readonly idempotencyKey: string | null;
  /** Of what the caller gave; set where there is a key. */
  readonly digest: Buffer | null;
}

interface NewDelivery {
  readonly task: DeliveryTask;
  /** Whether this process attempts it at once; otherwise its webhook's workflow does. */
  readonly leased: boolean;
}

/** What one commit takes: events, and bytes of their data, unless a single call has more. */
const mostEventsAtOnce = 500;
const mostBytesAtOnce = 8 * 1024 * 1024;
/** Two commits begin no closer than this, unless so many events wait. Milliseconds. */
const intervalMs = 3;
const enough = 16;
const mostEventsWaiting = 10_000;
const mostBytesWaiting = 64 * 1024 * 1024;
const mostRounds = 20;

const notStored = () =>
  new ApiError('UNAVAILABLE', 'The events could not be stored now. Try again in a second.', undefined, 1);

/** Round after round found other routes, or other keys in use. */
class Unsettled extends Error {
  constructor() {
    super('The routes or idempotency keys of these events kept changing.');
  }
}

const sizeOf = (events: readonly CallEvent[]): number =>
  events.reduce((bytes, { event, previous }) => bytes + event.data.length + (previous?.length ?? 0), 0);

const scopeId = (scope: PublishScope) => scope.projectId ?? scope.organizationId;

/**
 * Stores events in groups: while one group is being committed the next gathers, so that many callers share one commit. A call
 * is stored whole or not at all, and is answered only when PostgreSQL has committed it.
 */
export class GroupCommit {
  readonly #pool: Pool;
  readonly #routes: RouteCache;
  readonly #dispatcher: FastLane;
  readonly #waker: Waker;
  readonly #processId: string;
  readonly #notifier: Notifier;
  readonly #log: Logger;
  readonly #onStored: (events: number, deliveries: number) => void;
  readonly #pacing = new WritePacing(intervalMs);
  #waiting: Call[] = [];
  #waitingEvents = 0;
  #waitingBytes = 0;
  #running: Promise<void> | null = null;

  constructor(parts: {
    pool: Pool;
    routes: RouteCache;
    dispatcher: FastLane;
    waker: Waker;
    /** Who leases the deliveries that the fast lane takes. */
    processId: string;
    notifier: Notifier;
    log: Logger;
    onStored?: (events: number, deliveries: number) => void;
  }) {
    this.#pool = parts.pool;
    this.#routes = parts.routes;
    this.#dispatcher = parts.dispatcher;
    this.#waker = parts.waker;
    this.#processId = parts.processId;
    this.#notifier = parts.notifier;
    this.#log = parts.log;
    this.#onStored = parts.onStored ?? (() => {});
  }

  /** @throws ApiError UNAVAILABLE when more waits than the database keeps up with, or it cannot be reached */
  store(scope: PublishScope, events: readonly CallEvent[]): Promise<PublishedEvent[]> {
    const bytes = sizeOf(events);
    const full =
      this.#waitingEvents + events.length > mostEventsWaiting || this.#waitingBytes + bytes > mostBytesWaiting;
    if (full) {
      throw new ApiError(
        'UNAVAILABLE',
        'More events are coming in than can be stored. Try again in a second.',
        undefined,
        1,
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ scope, events, resolve, reject });
      this.#waitingEvents += events.length;
      this.#waitingBytes += bytes;
      this.#running ??= this.#run();
      if (this.#waitingEvents >= enough) this.#pacing.hurry();
    });
  }

  /** Resolves when every call taken so far is answered. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // Calls that arrive in this turn of the event loop go into the same group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      await this.#pacing.turn();
      const group = this.#takeGroup();
      await this.#commitWithin(group);
    }
    this.#running = null;
  }

  /** Answers every call of a group: what one call does to the database must not cost the others theirs. */
  async #commitWithin(group: readonly Call[]): Promise<void> {
    try {
      await this.#commit(group);
    } catch (error) {
      if (group.length > 1 && (isDataError(error) || error instanceof Unsettled)) {
        const middle = group.length >> 1;
        await this.#commitWithin(group.slice(0, middle));
        await this.#commitWithin(group.slice(middle));
        return;
      }
      this.#log.warn({ err: error, calls: group.length }, 'events could not be stored');
      for (const call of group) call.reject(notStored());
    }
  }

  #takeGroup(): Call[] {
    let events = 0;
    let bytes = 0;
    let calls = 0;
    for (const call of this.#waiting) {
      const size = sizeOf(call.events);
      if (calls > 0 && (events + call.events.length > mostEventsAtOnce || bytes + size > mostBytesAtOnce)) break;
      events += call.events.length;
      bytes += size;
      calls++;
    }
    this.#waitingEvents -= events;
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, calls);
  }

  /** Stores a group in as many rounds as it takes: one, unless a key is in use or the routes have just changed. */
  async #commit(group: readonly Call[]): Promise<void> {
    let known = new Map<string, FirstCall>();
    let calls = group;
    for (let round = 0; round < mostRounds; round++) {
      const routes = await this.#routesOf(calls);
      calls = calls.filter(({ scope }) => routes.has(scope.organizationId));
      const { accepted, fresh } = this.#deduplicate(calls, known);
      calls = accepted;
      if (calls.length === 0) return;
      const deliveries = this.#deliveriesOf(fresh, routes);
      const leasedIds = deliveries.filter((d) => d.leased).map((d) => d.task.envelope.deliveryId);
      this.#dispatcher.own(leasedIds);
      try {
        const stale = await this.#insert(routes, fresh, deliveries);
        if (stale.length === 0) {
          this.#onStored(fresh.length, deliveries.length);
          this.#start(deliveries);
          for (const call of calls) call.resolve(call.events.map(({ event }) => event));
          return;
        }
        this.#dispatcher.disown(leasedIds);
        for (const organizationId of stale) this.#routes.forget(organizationId);
      } catch (error) {
        this.#dispatcher.disown(leasedIds);
        if (!isKeyInUse(error)) throw error;
        const keyed = fresh.flatMap(({ scope, item }) =>
          item.idempotencyKey === null ? [] : [{ scopeId: scopeId(scope), key: item.idempotencyKey }],
        );
        known = new Map([...known, ...(await firstCalls(this.#pool, keyed))]);
      }
    }
    throw new Unsettled();
  }

  /** Puts the first call's event in the place of a repeated one, and refuses the calls whose key stands for other content. */
  #deduplicate(calls: readonly Call[], known: ReadonlyMap<string, FirstCall>) {
    const seen = new Map<string, FirstCall>(known);
    const accepted: Call[] = [];
    const fresh: { scope: PublishScope; item: CallEvent }[] = [];
    for (const call of calls) {
      const added: [string, FirstCall][] = [];
      const own: CallEvent[] = [];
      let conflict: number | null = null;
      for (const [index, item] of call.events.entries()) {
        if (item.idempotencyKey === null || item.digest === null) {
          own.push(item);
          continue;
        }
        const name = `${scopeId(call.scope)} ${item.idempotencyKey}`;
        const first = seen.get(name) ?? added.find(([other]) => other === name)?.[1];
        if (!first) {
          added.push([name, { event: item.event, digest: item.digest }]);
          own.push(item);
        } else if (first.digest.equals(item.digest)) {
          item.event = first.event;
        } else {
          conflict = index;
          break;
        }
      }
      if (conflict !== null) {
        call.reject(
          new ApiError(
            'CONFLICT',
            'This idempotency key was used for an event with other content within the last 24 hours. Use a new key.',
            `input.events[${conflict}].idempotencyKey`,
          ),
        );
        continue;
      }
      for (const [name, first] of added) seen.set(name, first);
      for (const item of own) fresh.push({ scope: call.scope, item });
      accepted.push(call);
    }
    return { accepted, fresh };
  }

  /** The routes of the calls' organizations. Where they cannot be had, that organization's calls are refused, and no other's. */
  async #routesOf(calls: readonly Call[]): Promise<Map<string, Routes>> {
    const ids = new Set(calls.map((call) => call.scope.organizationId));
    const found = new Map<string, Routes>();
    await Promise.all(
      [...ids].map(async (organizationId) => {
        try {
          found.set(organizationId, await this.#routes.of(organizationId));
        } catch (error) {
          this.#log.error({ err: error, organizationId }, 'the webhooks of an organization could not be read');
          for (const call of calls) if (call.scope.organizationId === organizationId) call.reject(notStored());
        }
      }),
    );
    return found;
  }

  #deliveriesOf(
    fresh: readonly { scope: PublishScope; item: CallEvent }[],
    routes: ReadonlyMap<string, Routes>,
  ): NewDelivery[] {
    const asked = new Asked(this.#dispatcher);
    const deliveries: NewDelivery[] = [];
    for (const { scope, item } of fresh) {
      const { event } = item;
      for (const webhook of routes.get(scope.organizationId)?.to(scope.projectId, event.type) ?? []) {
        deliveries.push({
          leased: asked.hasRoom(webhook),
          task: {
            webhook,
            attempt: 1,
            envelope: {
              deliveryId: newId(),
              eventType: event.type,
              occurredAt: event.occurredAt,
              organizationId: scope.organizationId,
              projectId: scope.projectId,
              webhookId: webhook.id,
              data: event.data,
              previous: item.previous,
              eventId: event.id,
            },
          },
        });
      }
    }
    return deliveries;
  }

  /** @returns the organizations whose routes are out of date; where there are any, nothing is stored */
  async #insert(
    routes: ReadonlyMap<string, Routes>,
    fresh: readonly { scope: PublishScope; item: CallEvent }[],
    deliveries: readonly NewDelivery[],
  ): Promise<string[]> {
    const now = new Date().toISOString();
    const events = fresh.map(({ item }) => item.event);
    const keyed = fresh.filter(({ item }) => item.idempotencyKey !== null);
    const envelopes = deliveries.map(({ task }) => task.envelope);
    const { rows } = await this.#pool.query<{ organization_id: string }>({
      name: 'insert_events',
      text: insertStatement,
      values: [
        plainArray([...routes.keys()]),
        plainArray([...routes.values()].map((route) => route.version.toString())),
        plainArray(events.map((e) => e.id)),
        plainArray(events.map((e) => e.organizationId)),
        plainArray(events.map((e) => e.projectId)),
        textArray(events.map((e) => e.type)),
        `[${events.map((e) => e.data).join(',')}]`,
        textArray(fresh.map(({ item }) => item.previous)),
        plainArray(events.map((e) => e.occurredAt.toISOString())),
        plainArray(events.map((e) => e.createdAt.toISOString())),
        plainArray(envelopes.map((e) => e.deliveryId)),
        plainArray(envelopes.map((e) => e.organizationId)),
        plainArray(deliveries.map(({ task }) => task.webhook.projectId)),
        plainArray(envelopes.map((e) => e.webhookId)),
        plainArray(envelopes.map((e) => e.eventId)),
        textArray(envelopes.map((e) => e.eventType)),
        plainArray(deliveries.map((d) => (d.leased ? 'SENDING' : 'PENDING'))),
        plainArray(deliveries.map((d) => (d.leased ? this.#processId : null))),
        plainArray(deliveries.map((d) => (d.leased ? null : now))),
        plainArray(envelopes.map(() => now)),
        plainArray(keyed.map(({ scope }) => scopeId(scope))),
        textArray(keyed.map(({ item }) => item.idempotencyKey)),
        plainArray(keyed.map(({ item }) => item.event.id)),
        keyed.map(({ item }) => item.digest),
      ],
    });
    return rows.map((row) => row.organization_id);
  }

  #start(deliveries: readonly NewDelivery[]): void {
    const changed = new Map<string, string[]>();
    const now = Date.now();
    for (const { leased, task } of deliveries) {
      const { organizationId, deliveryId, webhookId } = task.envelope;
      const ids = changed.get(organizationId);
      if (ids) ids.push(deliveryId);
      else changed.set(organizationId, [deliveryId]);
      if (!leased) this.#waker.wake(webhookId, now);
    }
    this.#dispatcher.dispatch(deliveries.filter((d) => d.leased).map((d) => d.task));
    for (const [organizationId, ids] of changed) this.#notifier.changed(organizationId, ids);
  }
}
