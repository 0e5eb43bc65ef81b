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
 * reserves the largest size that its answer may reach: it never has to ask for more, so no two operations wait for each other.
 * If there is no room, it waits for its turn, organization by organization.
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
    return new AnswerBudget(this, holder);
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
   * @returns a function that releases it
   * @throws ApiError UNAVAILABLE if too many wait, or the wait was too long
   */
  reserve(holder: AnswerHolder): Promise<() => void> {
    const { tenant } = holder;
    const queue = this.#waiting.get(tenant);
    if (queue === undefined && this.#hasRoom(holder)) return Promise.resolve(this.#take(holder));
    if (queue !== undefined && queue.length >= this.limits.waiting) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        holder,
        admit: (release) => {
          clearTimeout(timeout);
          resolve(release);
        },
      };
      const timeout = setTimeout(() => {
        this.#remove(waiter);
        reject(overloaded());
      }, this.limits.waitMs);
      if (queue === undefined) this.#waiting.set(tenant, [waiter]);
      else queue.push(waiter);
      this.#admit();
    });
  }

  #take(holder: AnswerHolder): () => void {
    const { operation } = this.limits;
    this.#hold(holder, operation);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#hold(holder, -operation);
      this.#admit();
    };
  }

  #hold({ principal, tenant }: AnswerHolder, bytes: number): void {
    this.#held += bytes;
    this.#heldByTenant.add(tenant, bytes);
    this.#heldByPrincipal.add(principal, bytes);
  }

  /** Whether the principal and its organization have room left in their own shares. */
  #hasOwnRoom({ principal, tenant }: AnswerHolder): boolean {
    const { operation, principal: ofPrincipal, organization } = this.limits;
    return (
      this.#heldByPrincipal.of(principal) + operation <= ofPrincipal &&
      this.#heldByTenant.of(tenant) + operation <= organization
    );
  }

  #hasRoom(holder: AnswerHolder): boolean {
    return this.#held + this.limits.operation <= this.limits.process && this.#hasOwnRoom(holder);
  }

  /** Admits waiting operations that fit, one of each organization in turn. */
  #admit(): void {
    for (let again = true; again; ) {
      again = false;
      for (const [tenant, queue] of [...this.#waiting]) {
        const waiter = queue.find(({ holder }) => this.#hasRoom(holder));
        if (waiter === undefined) continue;
        this.#remove(waiter);
        // The organization moves behind the others.
        const left = this.#waiting.get(tenant);
        if (left !== undefined) {
          this.#waiting.delete(tenant);
          this.#waiting.set(tenant, left);
        }
        waiter.admit(this.#take(waiter.holder));
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
        queue.some(({ holder }) => this.#hasOwnRoom(holder) && !this.#hasRoom(holder)),
    );
    if (!starved) return;
    const before = performance.now() - this.limits.unreadMs;
    const oldest = [...this.#unread].find(({ holder, since }) => holder.tenant === largest && since <= before);
    oldest?.abort();
  }
}

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
  #ended = false;
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

  /** The answer is complete: nothing more may be read. */
  end(): void {
    this.#ended = true;
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
    if (this.#ended) throw new ApiError('UNAVAILABLE', 'This operation has been answered already.', undefined, 1);
  }
}
