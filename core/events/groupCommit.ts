import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { FastLane } from '../deliveries/fastLane.ts';
import type { RouteCache, Routes } from '../deliveries/routing.ts';
import type { Waker } from '../deliveries/waker.ts';
import { ApiError } from '../ground/errors.ts';
import { WritePacing } from '../ground/writePacing.ts';
import type { Notifier } from '../live/notifier.ts';
import { isDataError } from '../store/dataError.ts';
import { type Call, type CallEvent, type FreshEvent, scopeId, sizeOf } from './call.ts';
import { CallQueue, type WaitingCall } from './callQueue.ts';
import { deduplicate } from './deduplicate.ts';
import { type FirstCall, firstCalls } from './idempotency.ts';
import { insertAtOnce, insertValues, insertWaiting, isKeyInUse } from './insertStatement.ts';
import { keyedOf } from './keyedOf.ts';
import { storeLarge } from './largeCall.ts';
import { leasedIds, type NewDelivery, newDeliveries } from './newDeliveries.ts';
import type { PublishedEvent, PublishScope } from './published.ts';

export type { Call, CallEvent } from './call.ts';

const mebibyte = 1024 * 1024;
/** What one commit takes where one organization waits, and where several do: then nobody waits long for what others brought. */
const alone = { events: 500, bytes: 8 * mebibyte, deliveries: 2_000 };
const together = { events: 200, bytes: 2 * mebibyte, deliveries: 500 };
/** A call that makes more is stored beside the others, a slice at a time. */
const mostDeliveries = 2_000;
/** Commits under way at once: of groups, and of organizations that are stored by themselves. */
const mostGroups = 2;
const mostApart = 2;
/** Two commits begin no closer than this, unless so many events wait. Milliseconds. */
const intervalMs = 3;
const enough = 16;
const mostRounds = 20;
/** The same of a call that makes very many deliveries: each round stores them all, and may do so in vain. */
const mostLargeRounds = 3;
/** Where another organization's group began so recently, a large call leaves it room. Milliseconds. */
const activeMs = 1_000;
/** Deliveries that are set off in one go. */
const startedAtOnce = 500;

const notStored = () =>
  new ApiError('UNAVAILABLE', 'The events could not be stored now. Try again in a second.', undefined, 1);

/** Round after round found other routes, or other keys in use. */
class Unsettled extends Error {
  constructor() {
    super('The routes or idempotency keys of these events kept changing.');
  }
}

const organizationOf = (call: Call) => call.scope.organizationId;

/**
 * Stores events in groups: while an organization's calls are being committed its next gather, so that many callers share one
 * commit. A call is stored whole or not at all, and is answered only when PostgreSQL has committed it. Organizations take
 * turns, and none waits for another: a call that makes very many deliveries, and an organization whose routes are being changed,
 * are stored by themselves.
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
  readonly #queue = new CallQueue();
  /** Organizations of which something is being stored. */
  readonly #busy = new Set<string>();
  /** Organizations whose routes were found changed: what they have waiting is stored by itself next. */
  readonly #changed = new Set<string>();
  #groups = 0;
  #groupBeganAt = Number.NEGATIVE_INFINITY;
  #apart = 0;
  /** Calls that are not answered yet. */
  #open = 0;
  #onDrained: (() => void)[] = [];
  #running = false;
  #wake: () => void = () => {};

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
    if (!this.#queue.hold({ scope, events })) {
      throw new ApiError(
        'UNAVAILABLE',
        'More events are coming in than can be stored. Try again in a second.',
        undefined,
        1,
      );
    }
    this.#open++;
    const stored = new Promise<PublishedEvent[]>((resolve, reject) => {
      const call = { scope, events, resolve, reject };
      const routes = this.#routes.known(scope.organizationId);
      if (routes) this.#add(call, routes);
      else this.#addOnceRead(call);
    });
    const answered = () => {
      if (--this.#open === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
    };
    stored.then(answered, answered);
    return stored;
  }

  /** Resolves when every call taken so far is answered. */
  async drained(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** How many deliveries a call makes has to be known before its turn. */
  #addOnceRead(call: Call): void {
    this.#routes.of(organizationOf(call)).then(
      (routes) => this.#add(call, routes),
      (error) => {
        this.#queue.release(call);
        this.#log.error({ err: error, ...call.scope }, 'the webhooks of an organization could not be read');
        call.reject(notStored());
      },
    );
  }

  #add(call: Call, routes: Routes): void {
    const { scope, events } = call;
    let deliveries = 0;
    for (const { event } of events) deliveries += routes.to(scope.projectId, event.type).length;
    this.#queue.add({ ...call, bytes: sizeOf(events), deliveries });
    if (!this.#running) void this.#run();
    if (this.#queue.events >= enough) this.#pacing.hurry();
    this.#wake();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Calls that arrive in this turn of the event loop go into the same group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.size > 0) {
      if (this.#mayBegin()) {
        await this.#pacing.turn();
        this.#begin();
      } else {
        // Until something that is being stored has ended, or another organization's call has come.
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    this.#running = false;
  }

  readonly #mayApart = (id: string, next: WaitingCall) => !this.#busy.has(id) && this.#goesApart(id, next);
  readonly #mayGroup = (id: string, next: WaitingCall) => !this.#busy.has(id) && !this.#goesApart(id, next);

  #mayBegin(): boolean {
    if (this.#groups < mostGroups && this.#queue.some(this.#mayGroup)) return true;
    return this.#apart < mostApart && this.#queue.some(this.#mayApart);
  }

  /** Begins to store what may be stored now. */
  #begin(): void {
    if (this.#apart < mostApart) {
      const calls = this.#takeApart();
      if (calls.length > 0) {
        this.#apart++;
        void this.#storeApart(calls).finally(() => {
          this.#apart--;
          this.#end(calls);
        });
      }
    }
    if (this.#groups >= mostGroups) return;
    const size = this.#queue.organizations > 1 ? together : alone;
    const calls = this.#queue.take(size, this.#mayGroup);
    if (calls.length === 0) return;
    for (const call of calls) this.#busy.add(organizationOf(call));
    this.#groups++;
    this.#groupBeganAt = performance.now();
    void this.#commitWithin(calls, false).finally(() => {
      this.#groups--;
      this.#end(calls);
    });
  }

  #goesApart(organizationId: string, next: WaitingCall): boolean {
    return next.deliveries > mostDeliveries || this.#changed.has(organizationId);
  }

  #takeApart(): WaitingCall[] {
    let taken: string | null = null;
    const calls = this.#queue.take(alone, (id, next) => {
      const may = taken === null ? this.#mayApart(id, next) : taken === id;
      if (may) taken = id;
      return may;
    });
    if (taken !== null) {
      this.#busy.add(taken);
      this.#changed.delete(taken);
    }
    return calls;
  }

  #end(calls: readonly WaitingCall[]): void {
    for (const call of calls) this.#busy.delete(organizationOf(call));
    this.#wake();
  }

  async #storeApart(calls: readonly WaitingCall[]): Promise<void> {
    const [first] = calls;
    if (calls.length > 1 || !first || first.deliveries <= mostDeliveries) return this.#commitWithin(calls, true);
    try {
      await this.#commitLarge(first);
    } catch (error) {
      this.#log.warn({ err: error, calls: 1 }, 'events could not be stored');
      first.reject(notStored());
    }
  }

  /**
   * Answers every call of a group: what one call does to the database must not cost the others theirs.
   *
   * @param waits - for who is changing the routes
   */
  async #commitWithin(group: readonly WaitingCall[], waits: boolean): Promise<void> {
    try {
      await this.#commit(group, waits);
    } catch (error) {
      if (group.length > 1 && (isDataError(error) || error instanceof Unsettled)) {
        const middle = group.length >> 1;
        await this.#commitWithin(group.slice(0, middle), waits);
        await this.#commitWithin(group.slice(middle), waits);
        return;
      }
      this.#log.warn({ err: error, calls: group.length }, 'events could not be stored');
      for (const call of group) call.reject(notStored());
    }
  }

  /** Stores a group in as many rounds as it takes: one, unless a key is in use or the routes have just changed. */
  async #commit(group: readonly WaitingCall[], waits: boolean): Promise<void> {
    let known = new Map<string, FirstCall>();
    let calls = group;
    for (let round = 0; round < mostRounds; round++) {
      const routes = await this.#routesOf(calls);
      calls = calls.filter((call) => routes.has(organizationOf(call)));
      const { accepted, fresh } = deduplicate(calls, known);
      calls = accepted;
      if (calls.length === 0) return;
      const deliveries = [...newDeliveries(fresh, routes, this.#dispatcher)];
      const owned = leasedIds(deliveries);
      this.#dispatcher.own(owned);
      try {
        const stale = await this.#insert(routes, fresh, deliveries, waits);
        if (stale.length === 0) {
          this.#onStored(fresh.length, deliveries.length);
          this.#start(deliveries);
          for (const call of calls) call.resolve(call.events.map(({ event }) => event));
          return;
        }
        this.#dispatcher.disown(owned);
        for (const organizationId of stale) this.#routes.forget(organizationId);
        if (!waits) {
          const changed = new Set(stale);
          for (const call of calls) if (changed.has(organizationOf(call))) this.#putBack(call);
          calls = calls.filter((call) => !changed.has(organizationOf(call)));
        }
      } catch (error) {
        this.#dispatcher.disown(owned);
        if (!isKeyInUse(error)) throw error;
        known = new Map([...known, ...(await this.#inUse(fresh))]);
      }
    }
    throw new Unsettled();
  }

  /** What others would wait for with it is stored by itself, and in its order: its organization is busy until then. */
  #putBack(call: WaitingCall): void {
    this.#changed.add(organizationOf(call));
    if (this.#queue.hold(call)) this.#addOnceRead(call);
    else call.reject(notStored());
  }

  async #commitLarge(call: Call): Promise<void> {
    let known = new Map<string, FirstCall>();
    // Usually a key is known already, or it is not: what is found out at the end was done in vain.
    known = await this.#inUse(call.events.map((item) => ({ scope: call.scope, item })));
    for (let round = 0; round < mostLargeRounds; round++) {
      const routes = await this.#routesOf([call]);
      const { accepted, fresh } = deduplicate(routes.size > 0 ? [call] : [], known);
      if (accepted.length === 0) return;
      const parts = { pool: this.#pool, lane: this.#dispatcher, processId: this.#processId };
      try {
        const deliveries = await storeLarge(
          { ...parts, othersWait: () => performance.now() - this.#groupBeganAt < activeMs },
          routes,
          fresh,
        );
        if (deliveries) {
          this.#onStored(fresh.length, deliveries.length);
          call.resolve(call.events.map(({ event }) => event));
          for (let from = 0; from < deliveries.length; from += startedAtOnce) {
            this.#start(deliveries.slice(from, from + startedAtOnce));
            await new Promise((resolve) => setImmediate(resolve));
          }
          return;
        }
        this.#routes.forget(organizationOf(call));
      } catch (error) {
        if (!isKeyInUse(error)) throw error;
        known = new Map([...known, ...(await this.#inUse(fresh))]);
      }
    }
    throw new Unsettled();
  }

  async #inUse(fresh: readonly FreshEvent[]): Promise<Map<string, FirstCall>> {
    const keyed = fresh.flatMap(({ scope, item }) =>
      item.idempotencyKey === null ? [] : [{ scopeId: scopeId(scope), key: item.idempotencyKey }],
    );
    return keyed.length === 0 ? new Map() : firstCalls(this.#pool, keyed);
  }

  /** The routes of the calls' organizations. Where they cannot be had, that organization's calls are refused, and no other's. */
  async #routesOf(calls: readonly Call[]): Promise<Map<string, Routes>> {
    const found = new Map<string, Routes>();
    const missing = new Set<string>();
    for (const call of calls) {
      const id = organizationOf(call);
      const known = this.#routes.known(id);
      if (known) found.set(id, known);
      else missing.add(id);
    }
    await Promise.all(
      [...missing].map(async (organizationId) => {
        try {
          found.set(organizationId, await this.#routes.of(organizationId));
        } catch (error) {
          this.#log.error({ err: error, organizationId }, 'the webhooks of an organization could not be read');
          for (const call of calls) if (organizationOf(call) === organizationId) call.reject(notStored());
        }
      }),
    );
    return found;
  }

  /** @returns the organizations whose routes are out of date; where there are any, nothing is stored */
  async #insert(
    routes: ReadonlyMap<string, Routes>,
    fresh: readonly FreshEvent[],
    deliveries: readonly NewDelivery[],
    waits: boolean,
  ): Promise<string[]> {
    const keyed = keyedOf(fresh);
    const { rows } = await this.#pool.query<{ organization_id: string }>({
      ...(waits ? insertWaiting : insertAtOnce),
      values: insertValues(routes, fresh, keyed, deliveries, this.#processId),
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
