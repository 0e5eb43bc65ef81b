import type { Principal } from '../access/principal.ts';
import { principalOf, tenantOf } from '../access/tenant.ts';
import { ApiError } from '../ground/errors.ts';
import { Tally } from '../ground/tally.ts';
import { type AnswerLimits, answerLimits, inMebibytes } from './limits.ts';

/** Whose share of memory an answer uses. */
export interface AnswerHolder {
  readonly principal: string;
  readonly tenant: string;
}

export const answerHolderOf = (principal: Principal): AnswerHolder => ({
  principal: principalOf(principal),
  tenant: tenantOf(principal),
});

interface Waiter {
  readonly holder: AnswerHolder;
  readonly bytes: number;
  readonly admit: (release: () => void) => void;
}

interface Unread {
  readonly holder: AnswerHolder;
  readonly since: number;
  readonly abort: () => void;
}

/**
 * The memory that answers use in this process, from the first large text that is read until the reader has the last byte.
 *
 * Most answers are small and only count while their reader has not read them. An operation that reads more than a little first
 * reserves the largest size that its answer may reach: it never has to ask for more, so no two operations wait for each other. One
 * whose answer is large all the same, because it asks often for the same, reserves its size before it is written: until then, its
 * texts are shared. If there is no room, it waits for its turn, organization by organization.
 */
export class AnswerBudgets {
  readonly limits: AnswerLimits;
  /** Bytes of reservations and of unread answers. */
  #held = 0;
  readonly #heldByTenant = new Tally();
  readonly #heldByPrincipal = new Tally();
  readonly #unreadByTenant = new Tally();
  readonly #unreadByPrincipal = new Tally();
  readonly #unread = new Set<Unread>();
  /** By organization; the first one has the next turn. */
  readonly #waiting = new Map<string, Waiter[]>();
  #makeRoomTimer: NodeJS.Timeout | undefined;

  constructor(limits: Partial<AnswerLimits> = {}) {
    this.limits = { ...answerLimits, ...limits };
  }

  /** Bytes of reservations and of unread answers now. */
  get held(): number {
    return this.#held;
  }

  /**
   * Begins an operation.
   *
   * @throws ApiError RATE_LIMITED if its principal or organization has too many unread answers
   */
  operation(holder: AnswerHolder): AnswerBudget {
    this.check(holder);
    return new AnswerBudget(this, holder);
  }

  /** @throws ApiError RATE_LIMITED if the principal or its organization has too many unread answers */
  check(holder: AnswerHolder): void {
    if (
      this.#unreadByPrincipal.of(holder.principal) >= this.limits.principal ||
      this.#unreadByTenant.of(holder.tenant) >= this.limits.organization
    ) {
      throw new ApiError(
        'RATE_LIMITED',
        'You have too many unread answers: read those first, then ask for more.',
        undefined,
        5,
      );
    }
  }

  /**
   * Counts an answer that its reader did not take at once.
   *
   * @param abort - closes the connection when others need the room
   * @returns a function to call when the reader has taken it, or is gone
   */
  unread(holder: AnswerHolder, bytes: number, abort: () => void): () => void {
    const entry = { holder, since: performance.now(), abort };
    this.#unread.add(entry);
    this.#unreadByTenant.add(holder.tenant, bytes);
    this.#unreadByPrincipal.add(holder.principal, bytes);
    this.#hold(holder, bytes);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#unread.delete(entry);
      this.#unreadByTenant.add(holder.tenant, -bytes);
      this.#unreadByPrincipal.add(holder.principal, -bytes);
      this.#hold(holder, -bytes);
      this.#admit();
    };
  }

  /**
   * Reserves memory for a large answer, as soon as there is room.
   *
   * @param bytes - of the answer, where its size is known
   * @param isDone - whether what it answers has changed something already: then it waits however many others do, and longer
   * @returns a function that releases it
   * @throws ApiError UNAVAILABLE if too many wait, or the wait was too long
   */
  reserve(holder: AnswerHolder, bytes = this.limits.operation, isDone = false): Promise<() => void> {
    const { tenant } = holder;
    const queue = this.#waiting.get(tenant);
    if (queue === undefined && this.#hasRoom(holder, bytes)) return Promise.resolve(this.#take(holder, bytes));
    if (queue !== undefined && queue.length >= this.limits.waiting && !isDone) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        holder,
        bytes,
        admit: (release) => {
          clearTimeout(timeout);
          resolve(release);
        },
      };
      const timeout = setTimeout(
        () => {
          this.#remove(waiter);
          reject(overloaded());
        },
        this.limits.waitMs * (isDone ? patience : 1),
      );
      if (queue === undefined) this.#waiting.set(tenant, [waiter]);
      else queue.push(waiter);
      this.#admit();
    });
  }

  #take(holder: AnswerHolder, bytes: number): () => void {
    this.#hold(holder, bytes);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#hold(holder, -bytes);
      this.#admit();
    };
  }

  #hold({ principal, tenant }: AnswerHolder, bytes: number): void {
    this.#held += bytes;
    this.#heldByTenant.add(tenant, bytes);
    this.#heldByPrincipal.add(principal, bytes);
  }

  /** Whether the principal and its organization have room left in their own shares. */
  #hasOwnRoom({ principal, tenant }: AnswerHolder, bytes: number): boolean {
    const { principal: ofPrincipal, organization } = this.limits;
    return (
      this.#heldByPrincipal.of(principal) + bytes <= ofPrincipal &&
      this.#heldByTenant.of(tenant) + bytes <= organization
    );
  }

  #hasRoom(holder: AnswerHolder, bytes: number): boolean {
    return this.#held + bytes <= this.limits.process && this.#hasOwnRoom(holder, bytes);
  }

  /** Admits waiting operations that fit, one of each organization in turn. */
  #admit(): void {
    for (let again = true; again; ) {
      again = false;
      for (const [tenant, queue] of [...this.#waiting]) {
        const waiter = queue.find(({ holder, bytes }) => this.#hasRoom(holder, bytes));
        if (waiter === undefined) continue;
        this.#remove(waiter);
        // The organization moves behind the others.
        const left = this.#waiting.get(tenant);
        if (left !== undefined) {
          this.#waiting.delete(tenant);
          this.#waiting.set(tenant, left);
        }
        waiter.admit(this.#take(waiter.holder, waiter.bytes));
        again = true;
      }
    }
    if (this.#waiting.size === 0) {
      clearInterval(this.#makeRoomTimer);
      this.#makeRoomTimer = undefined;
    } else this.#makeRoomTimer ??= setInterval(() => this.#makeRoom(), this.limits.unreadMs / 2).unref();
  }

  #remove(waiter: Waiter): void {
    const { tenant } = waiter.holder;
    const queue = this.#waiting.get(tenant);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at === -1) return;
    queue.splice(at, 1);
    if (queue.length === 0) this.#waiting.delete(tenant);
  }

  /** If an organization waits for room in vain, closes the oldest unread answer of the organization with the most unread bytes. */
  #makeRoom(): void {
    const largest = this.#unreadByTenant.largest();
    if (largest === undefined) return;
    const starved = [...this.#waiting].some(
      ([tenant, queue]) =>
        tenant !== largest &&
        this.#heldByTenant.of(tenant) < this.#heldByTenant.of(largest) &&
        queue.some(({ holder, bytes }) => this.#hasOwnRoom(holder, bytes) && !this.#hasRoom(holder, bytes)),
    );
    if (!starved) return;
    const before = performance.now() - this.limits.unreadMs;
    const oldest = [...this.#unread].find(({ holder, since }) => holder.tenant === largest && since <= before);
    oldest?.abort();
  }
}

/** What was done waits so many times as long for room for its answer. */
const patience = 6;

const overloaded = () =>
  new ApiError(
    'UNAVAILABLE',
    'Too many large answers are under way. Try again in a few seconds, or ask for less at a time.',
    undefined,
    5,
  );

/** The limits of one operation. */
export class AnswerBudget {
  readonly #budgets: AnswerBudgets;
  readonly #holder: AnswerHolder;
  #read = 0;
  /** What may become of all that was read. */
  #most = 0;
  #isComplete = false;
  #isEnded = false;
  #reservation: Promise<() => void> | undefined;

  constructor(budgets: AnswerBudgets, holder: AnswerHolder) {
    this.#budgets = budgets;
    this.#holder = holder;
  }

  /** Size limit of the answer. */
  get maxBytes(): number {
    return this.#budgets.limits.operation;
  }

  /**
   * Call it before reading stored texts, with their length in bytes.
   *
   * @param most - what may be built from them, where that is longer: call {@link built} once it is
   * @throws ApiError LIMIT_EXCEEDED if that is more than an operation may read; UNAVAILABLE
   */
  async read(bytes: number, most = bytes): Promise<void> {
    this.#requireOpen();
    this.#count(bytes);
    this.#most += most;
    if (this.#most > this.#budgets.limits.light) await this.reserve();
  }

  /**
   * Call it after each text that was built from stored ones, with the bytes that it has more than those: so the operation holds
   * no more than one too many. It does not wait: {@link read} has made the reservation.
   *
   * @throws ApiError LIMIT_EXCEEDED
   */
  built(bytes: number): void {
    this.#requireOpen();
    if (bytes > 0) this.#count(bytes);
  }

  #count(bytes: number): void {
    const { operation } = this.#budgets.limits;
    const read = this.#read + bytes;
    if (read > operation) {
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `This operation would read ${inMebibytes(read)} of stored texts; at most ${inMebibytes(operation)} are read at once. Ask for fewer at a time.`,
      );
    }
    this.#read = read;
  }

  /** Waits for a reservation. An operation has at most one, until {@link end}. @throws ApiError UNAVAILABLE */
  async reserve(): Promise<void> {
    this.#requireOpen();
    this.#reservation ??= this.#budgets.reserve(this.#holder);
    await this.#reservation;
  }

  /** Whether it holds memory, or waits for some, until {@link end}. */
  get isReserved(): boolean {
    return this.#reservation !== undefined;
  }

  /**
   * Call it when the answer is complete, before it is written: nothing more may be read. A large one waits for a reservation, if it has
   * none.
   *
   * @param bytes - its size
   * @param kind - of the operation. What a mutation has done is not undone, so its answer rather waits; a subscription was checked when
   *   its event came
   * @returns undefined where it may be written at once, as most may
   * @throws ApiError RATE_LIMITED, for a query whose principal has left too much unread meanwhile; UNAVAILABLE
   */
  complete(bytes: number, kind: 'query' | 'mutation' | 'subscription'): Promise<void> | undefined {
    this.#isComplete = true;
    if (bytes > this.#budgets.limits.light) return this.#reserved(bytes, kind === 'mutation');
    if (kind === 'query' && !this.isReserved) this.#budgets.check(this.#holder);
    return undefined;
  }

  async #reserved(bytes: number, isDone: boolean): Promise<void> {
    const isRoom = await this.#reservation?.then(
      () => true,
      () => false,
    );
    // Whoever would write it may have gone meanwhile: then nobody would release it.
    if (isRoom || this.#isEnded) return;
    this.#reservation = this.#budgets.reserve(this.#holder, bytes, isDone);
    await this.#reservation;
  }

  /** Call it once the answer was written, and counts for as long as it is unread; or if there is none. */
  end(): void {
    this.#isComplete = true;
    this.#isEnded = true;
    this.#reservation?.then(
      (release) => release(),
      () => {},
    );
    this.#reservation = undefined;
  }

  /**
   * An answer is complete as soon as a non-null field fails, while other fields may still be reading. Those must not make a
   * reservation that nobody releases.
   */
  #requireOpen(): void {
    if (this.#isComplete) throw new ApiError('UNAVAILABLE', 'This operation has been answered already.', undefined, 1);
  }
}
