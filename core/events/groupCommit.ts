import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { RouteCache, Routes } from '../deliveries/routing.ts';
import { leasedIds, type StartParts, startDeliveries } from '../deliveries/startDeliveries.ts';
import { BatchWriter } from '../ground/batchWriter.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { undecryptable } from '../ground/undecryptable.ts';
import { isDataError } from '../store/dataError.ts';
import { type Call, type CallEvent, type FreshEvent, scopeId, sizeOf, type ValidatedBy } from './call.ts';
import { CallQueue, type GroupSize, type WaitingCall } from './callQueue.ts';
import { deduplicate } from './deduplicate.ts';
import { type FirstCall, firstCalls } from './idempotency.ts';
import { insertAtOnce, insertValues, insertWaiting, isKeyInUse } from './insertStatement.ts';
import { keyedOf } from './keyedOf.ts';
import { storeLarge } from './largeCall.ts';
import { leasedTasks, type NewEventDelivery, newDeliveries } from './newDeliveries.ts';
import type { PublishedEvent, PublishScope } from './published.ts';

export type { Call, CallEvent } from './call.ts';

const mebibyte = 1024 * 1024;
/** Limits of one commit if one organization waits, and if several do: then none waits long for the others' events. */
const alone = { events: 500, bytes: 8 * mebibyte, deliveries: 2_000 };
const together = { events: 200, bytes: 2 * mebibyte, deliveries: 500 };
/** A call that makes more deliveries is stored by itself, in slices. */
const maxDeliveries = 2_000;
/** Concurrent commits: of groups, and of calls that are stored by themselves. */
const maxGroups = 2;
const maxApart = 2;
/** Minimum time between the starts of two commits, in milliseconds, unless so many events wait. */
const intervalMs = 3;
const enough = 16;
const maxRounds = 20;
/** The same for a large call: each round stores all its deliveries, perhaps in vain. */
const maxLargeRounds = 3;
/** A large call makes pauses if a group began less than this long ago. Milliseconds. */
const activeMs = 1_000;
/**
 * Deliveries of a large call that start in one turn of the event loop; fewer while other organizations store events, with a rest of
 * so many times the turn before the next.
 */
const startedAtOnce = 500;
const startedBesideOthers = 50;
const restFactor = 2;

const notStored = (cause?: unknown) =>
  new ApiError(
    'UNAVAILABLE',
    'The events could not be stored now. Try again in a second.',
    undefined,
    1,
    undefined,
    cause,
  );

/** Why the webhooks of an organization cannot be read. */
const notReadable = (error: unknown) => undecryptable(error) ?? notStored(error);

/** Every round found changed routes or keys in use. */
class Unsettled extends Error {
  constructor() {
    super('The routes or idempotency keys of these events kept changing.');
  }
}

/** The organization or the project of a call was deleted. */
const gone = ({ scope: { projectId } }: Call) =>
  projectId === null ? notFound('organization', 'input.organizationId') : notFound('project', 'input.projectId');

/** The calls whose organization's routes were read, and whose project exists; those whose does not are answered. */
function standing<C extends Call>(calls: readonly C[], routes: ReadonlyMap<string, Routes>): C[] {
  return calls.filter((call) => {
    const found = routes.get(organizationOf(call));
    if (found === undefined) return false;
    const stands = found.has(call.scope.projectId);
    if (!stands) call.reject(gone(call));
    return stands;
  });
}

const isOfOne = (error: unknown) => isDataError(error) || error instanceof Unsettled;

const organizationOf = (call: Call) => call.scope.organizationId;

/** Whether the types by which a call is valid have changed since. The routes' own version is checked by the insert. */
const typesChanged = ({ types, scope }: Call, routes: ReadonlyMap<string, Routes>): boolean =>
  types !== null && types.version < (routes.get(scope.organizationId)?.typesVersion ?? types.version);

export interface CommitParts extends StartParts {
  readonly pool: Pool;
  readonly routes: RouteCache;
  /** The process that leases the deliveries which the fast lane takes. */
  readonly processId: string;
  readonly log: Logger;
  onStored?(events: number, deliveries: number): void;
  /** Called once for each call that was stored. */
  onAnswered?(durationMs: number): void;
}

/**
 * Stores events in groups: while an organization's calls are being committed its next ones gather, so that many callers share
 * one commit. A call is stored completely or not at all, and is answered only when PostgreSQL has committed it. Organizations
 * take turns, and none waits for another: large calls, and calls of an organization whose routes are being changed, are stored
 * by themselves.
 */
export class GroupCommit {
  readonly #parts: CommitParts;
  readonly #queue = new CallQueue();
  /** Calls that were answered with an error while others of their group are still being stored. */
  readonly #refused = new WeakSet<Call>();
  /** Calls whose organization's routes are being read. */
  readonly #unread = new Set<Promise<void>>();
  /** Organizations with calls that are being stored. */
  readonly #busy = new Set<string>();
  /** Organizations whose routes have changed: their waiting calls are stored by themselves next. */
  readonly #changed = new Set<string>();
  #groupBeganAt = Number.NEGATIVE_INFINITY;

  readonly #mayApart = (id: string, next: WaitingCall) => !this.#busy.has(id) && this.#goesApart(id, next);
  readonly #mayGroup = (id: string, next: WaitingCall) => !this.#busy.has(id) && !this.#goesApart(id, next);
  readonly #groups = new BatchWriter<WaitingCall>({
    intervalMs,
    atOnce: maxGroups,
    ready: () => this.#queue.some(this.#mayGroup),
    take: () => {
      this.#groupBeganAt = performance.now();
      return this.#take(this.#queue.organizations > 1 ? together : alone, this.#mayGroup);
    },
    write: async (calls) => {
      for (const call of await this.#commit(calls, false)) this.#putBack(call);
    },
    isOfOne,
    failed: (calls, error) => this.#refuse(calls, error),
    ended: (calls) => this.#end(calls, this.#apart),
  });
  readonly #apart = new BatchWriter<WaitingCall>({
    intervalMs,
    atOnce: maxApart,
    ready: () => this.#queue.some(this.#mayApart),
    take: () => this.#takeApart(),
    write: async (calls) => {
      const [first] = calls as [WaitingCall];
      await (first.deliveries > maxDeliveries ? this.#commitLarge(first) : this.#commit(calls, true));
    },
    isOfOne,
    failed: (calls, error) => this.#refuse(calls, error),
    ended: (calls) => this.#end(calls, this.#groups),
  });

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** The newest version of an organization's event types that this process knows of. */
  typesVersion(organizationId: string): bigint {
    return this.#parts.routes.known(organizationId)?.typesVersion ?? 0n;
  }

  /** Whether an event with this key and content was stored before, so that storing it again gives the first one. */
  async isRepetition(scope: PublishScope, key: string, digest: Buffer): Promise<boolean> {
    const id = scopeId(scope);
    const known = await firstCalls(this.#parts.pool, [{ scopeId: id, key }]);
    return known.get(`${id} ${key}`)?.digest.equals(digest) ?? false;
  }

  /**
   * @param types - by which types the events are valid: if those change before the commit, the events are validated again
   * @throws ApiError UNAVAILABLE if too many events wait, or the database cannot be reached; or as `types.validate`
   */
  store(
    scope: PublishScope,
    events: readonly CallEvent[],
    types: ValidatedBy | null = null,
  ): Promise<PublishedEvent[]> {
    if (!this.#queue.hold({ scope, events })) {
      throw new ApiError(
        'UNAVAILABLE',
        'More events are coming in than can be stored. Try again in a second.',
        undefined,
        1,
      );
    }
    const beganAt = performance.now();
    return new Promise<PublishedEvent[]>((answer, reject) => {
      const resolve = (stored: PublishedEvent[]) => {
        this.#parts.onAnswered?.(performance.now() - beganAt);
        answer(stored);
      };
      const call = { scope, events, types, resolve, reject };
      const routes = this.#parts.routes.known(scope.organizationId);
      if (routes?.has(scope.projectId)) this.#add(call, routes);
      else this.#addOnceRead(call);
    });
  }

  /** Resolves when every call taken so far is answered. */
  async drained(): Promise<void> {
    while (this.#unread.size > 0 || this.#groups.busy || this.#apart.busy) {
      await Promise.all([...this.#unread, this.#groups.drained(), this.#apart.drained()]);
    }
  }

  /** The number of a call's deliveries must be known before its turn, and for that the routes. */
  #addOnceRead(call: Call): void {
    const { log } = this.#parts;
    const reading = this.#routesFor(call)
      .then(
        (found) => {
          if (found.has(call.scope.projectId)) return this.#add(call, found);
          this.#queue.release(call);
          call.reject(gone(call));
        },
        (error) => {
          this.#queue.release(call);
          log.error({ err: error, ...call.scope }, 'the webhooks of an organization could not be read');
          call.reject(notReadable(error));
        },
      )
      .finally(() => this.#unread.delete(reading));
    this.#unread.add(reading);
  }

  /** The routes of a call's organization. They are read anew if they do not know its project, which may be a new one. */
  async #routesFor({ scope: { organizationId, projectId } }: Call): Promise<Routes> {
    const { routes } = this.#parts;
    const found = await routes.of(organizationId);
    if (found.has(projectId)) return found;
    routes.forget(organizationId);
    return routes.of(organizationId);
  }

  #add(call: Call, routes: Routes): void {
    const { scope, events } = call;
    let deliveries = 0;
    for (const { event } of events) deliveries += routes.to(scope.projectId, event.type).length;
    const waiting = { ...call, bytes: sizeOf(events), deliveries };
    this.#queue.add(waiting);
    const writer = this.#goesApart(scope.organizationId, waiting) ? this.#apart : this.#groups;
    writer.wake(this.#queue.events >= enough);
  }

  #goesApart(organizationId: string, next: WaitingCall): boolean {
    return next.deliveries > maxDeliveries || this.#changed.has(organizationId);
  }

  #take(size: GroupSize, may: (id: string, next: WaitingCall) => boolean): WaitingCall[] {
    const calls = this.#queue.take(size, may);
    for (const call of calls) this.#busy.add(organizationOf(call));
    return calls;
  }

  /** Takes calls of one organization: a single large call, or several if its routes have changed. */
  #takeApart(): WaitingCall[] {
    let taken: string | null = null;
    const calls = this.#take(alone, (id, next) => {
      const may = taken === null ? this.#mayApart(id, next) : taken === id;
      if (may) taken = id;
      return may;
    });
    if (taken !== null) this.#changed.delete(taken);
    return calls;
  }

  /** @param other - its calls may have waited for these organizations */
  #end(calls: readonly WaitingCall[], other: BatchWriter<WaitingCall>): void {
    for (const call of calls) this.#busy.delete(organizationOf(call));
    if (this.#queue.size > 0) other.wake();
  }

  #refuse(calls: readonly WaitingCall[], error: unknown): void {
    this.#parts.log.warn({ err: error, calls: calls.length }, 'events could not be stored');
    for (const call of calls) call.reject(notStored(error));
  }

  /**
   * Stores a group in as many rounds as it takes: one, unless a key is in use or the routes have just changed.
   *
   * @param waits - whether to wait while routes are being changed
   * @returns calls whose routes have changed: nothing of them is stored. Empty if `waits`
   */
  async #commit(group: readonly WaitingCall[], waits: boolean): Promise<WaitingCall[]> {
    const { dispatcher, onStored } = this.#parts;
    const late: WaitingCall[] = [];
    let known = new Map<string, FirstCall>();
    let calls: readonly WaitingCall[] = group.filter((call) => !this.#refused.has(call));
    for (let round = 0; round < maxRounds; round++) {
      const routes = await this.#routesOf(calls);
      calls = standing(calls, routes);
      const outdated = calls.filter((call) => typesChanged(call, routes));
      if (waits) await Promise.all(outdated.map((call) => this.#validate(call, routes)));
      else late.push(...outdated);
      // Those that are valid again stay here.
      if (outdated.length > 0) calls = calls.filter((call) => !typesChanged(call, routes));
      const { accepted, fresh } = deduplicate(calls, known);
      calls = accepted;
      if (calls.length === 0) return late;
      const deliveries = [...newDeliveries(fresh, routes, dispatcher)];
      const owned = leasedIds(deliveries);
      dispatcher.own(owned);
      try {
        const stale = await this.#insert(routes, fresh, deliveries, waits);
        if (stale.length === 0) {
          onStored?.(fresh.length, deliveries.length);
          startDeliveries(this.#parts, deliveries, leasedTasks(deliveries));
          for (const call of calls) call.resolve(call.events.map(({ event }) => event));
          return late;
        }
        dispatcher.disown(owned);
        for (const organizationId of stale) this.#parts.routes.forget(organizationId);
        if (!waits) {
          const changed = new Set(stale);
          late.push(...calls.filter((call) => changed.has(organizationOf(call))));
          calls = calls.filter((call) => !changed.has(organizationOf(call)));
        }
      } catch (error) {
        dispatcher.disown(owned);
        if (!isKeyInUse(error)) {
          // The group is tried again in halves. What has been refused, must not be stored then.
          const open = new Set([...calls, ...late]);
          for (const call of group) if (!open.has(call)) this.#refused.add(call);
          throw error;
        }
        known = new Map([...known, ...(await this.#inUse(fresh))]);
      }
    }
    throw new Unsettled();
  }

  /** Validates a call by the types that came with the routes; one that no longer fits is refused. */
  async #validate(call: Call, routes: ReadonlyMap<string, Routes>): Promise<void> {
    const { types } = call;
    const present = routes.get(organizationOf(call));
    if (types === null || !present) return;
    try {
      types.version = await types.validate(present.typesVersion);
    } catch (error) {
      call.reject(error);
    }
  }

  /** Queues a call again, to be stored by itself: the others of its group must not wait for its routes. */
  #putBack(call: WaitingCall): void {
    this.#changed.add(organizationOf(call));
    if (this.#queue.hold(call)) this.#addOnceRead(call);
    else call.reject(notStored());
  }

  async #commitLarge(call: Call): Promise<void> {
    const { pool, dispatcher: lane, processId, onStored } = this.#parts;
    // Checking the keys first is cheap; finding one in use at the end would waste the whole round.
    let known = await this.#inUse(call.events.map((item) => ({ scope: call.scope, item })));
    for (let round = 0; round < maxLargeRounds; round++) {
      const routes = await this.#routesOf([call]);
      if (typesChanged(call, routes)) await this.#validate(call, routes);
      if (typesChanged(call, routes)) return;
      const { accepted, fresh } = deduplicate(standing([call], routes), known);
      if (accepted.length === 0) return;
      const othersWait = () => performance.now() - this.#groupBeganAt < activeMs;
      try {
        const deliveries = await storeLarge({ pool, lane, processId, othersWait }, routes, fresh);
        if (deliveries) {
          onStored?.(fresh.length, deliveries.length);
          call.resolve(call.events.map(({ event }) => event));
          for (let from = 0; from < deliveries.length; ) {
            const beganAt = performance.now();
            const some = deliveries.slice(from, from + (othersWait() ? startedBesideOthers : startedAtOnce));
            from += some.length;
            startDeliveries(this.#parts, some, leasedTasks(some));
            if (othersWait()) await sleep(restFactor * (performance.now() - beganAt));
            else await new Promise((resolve) => setImmediate(resolve));
          }
          return;
        }
        this.#parts.routes.forget(organizationOf(call));
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
    return keyed.length === 0 ? new Map() : firstCalls(this.#parts.pool, keyed);
  }

  /** The routes of the calls' organizations. If one's routes cannot be read, its calls are refused, and no others. */
  async #routesOf(calls: readonly Call[]): Promise<Map<string, Routes>> {
    const found = new Map<string, Routes>();
    const missing = new Set<string>();
    for (const call of calls) {
      const id = organizationOf(call);
      const known = this.#parts.routes.known(id);
      if (known) found.set(id, known);
      else missing.add(id);
    }
    await Promise.all(
      [...missing].map(async (organizationId) => {
        try {
          found.set(organizationId, await this.#parts.routes.of(organizationId));
        } catch (error) {
          this.#parts.log.error({ err: error, organizationId }, 'the webhooks of an organization could not be read');
          for (const call of calls) if (organizationOf(call) === organizationId) call.reject(notReadable(error));
        }
      }),
    );
    return found;
  }

  /** @returns the organizations whose routes are out of date; if there are any, nothing is stored */
  async #insert(
    routes: ReadonlyMap<string, Routes>,
    fresh: readonly FreshEvent[],
    deliveries: readonly NewEventDelivery[],
    waits: boolean,
  ): Promise<string[]> {
    const keyed = keyedOf(fresh);
    const { rows } = await this.#parts.pool.query<{ organization_id: string }>({
      ...(waits ? insertWaiting : insertAtOnce),
      values: insertValues(routes, fresh, keyed, deliveries, this.#parts.processId),
    });
    return rows.map((row) => row.organization_id);
  }
}
