import type { Principal } from '../access/principal.ts';
import { principalOf, tenantOf } from '../access/tenant.ts';
import { ApiError } from '../ground/errors.ts';
import { Tally } from '../ground/tally.ts';
import { type AnswerLimits, answerLimits, inMebibytes } from './limits.ts';

/** Whose memory it is that an answer takes. */
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
  readonly enter: (leave: () => void) => void;
}

interface Unread {
  readonly holder: AnswerHolder;
  readonly since: number;
  readonly cut: () => void;
}

/**
 * The memory of this process that answers take, from the first large text that is read until the last byte is with its reader.
 *
 * Most answers are small and only counted while a reader lets them lie. One that reads more than a little takes a place first,
 * which stands for the most that it may become: it never has to ask for more, so that no two wait for each other. Who finds none
 * waits for a turn, organization by organization.
 */
export class AnswerBudgets {
  readonly limits: AnswerLimits;
  /** Places taken, and answers that wait to be read. */
  #held = 0;
  readonly #heldByTenant = new Tally();
  readonly #heldByPrincipal = new Tally();
  readonly #unreadByTenant = new Tally();
  readonly #unreadByPrincipal = new Tally();
  readonly #unread = new Set<Unread>();
  /** By organization; the next turn is the first one's. */
  readonly #waiting = new Map<string, Waiter[]>();
  #looking: NodeJS.Timeout | undefined;

  constructor(limits: Partial<AnswerLimits> = {}) {
    this.limits = { ...answerLimits, ...limits };
  }

  /** Bytes that count now. */
  get held(): number {
    return this.#held;
  }

  /**
   * Begins an operation.
   *
   * @throws ApiError RATE_LIMITED for who lets too much lie unread already
   */
  operation(holder: AnswerHolder): AnswerBudget {
    if (
      this.#unreadByPrincipal.of(holder.principal) >= this.limits.principal ||
      this.#unreadByTenant.of(holder.tenant) >= this.limits.organization
    ) {
      throw new ApiError(
        'RATE_LIMITED',
        'Too many answers wait for you to read them: read those first, then ask for more.',
        undefined,
        5,
      );
    }
    return new AnswerBudget(this, holder);
  }

  /**
   * Counts an answer that its reader did not take at once.
   *
   * @param cut - ends the connection, where others need the room
   * @returns to be called when it was taken, or there is nobody any more
   */
  unread(holder: AnswerHolder, bytes: number, cut: () => void): () => void {
    const entry = { holder, since: performance.now(), cut };
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
   * Takes a place for a large answer, once there is one.
   *
   * @returns gives it back
   * @throws ApiError UNAVAILABLE where too many wait, or it took too long
   */
  place(holder: AnswerHolder): Promise<() => void> {
    const { tenant } = holder;
    const line = this.#waiting.get(tenant);
    if (line === undefined && this.#fits(holder)) return Promise.resolve(this.#take(holder));
    if (line !== undefined && line.length >= this.limits.waiting) return Promise.reject(full());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        holder,
        enter: (leave) => {
          clearTimeout(impatient);
          resolve(leave);
        },
      };
      const impatient = setTimeout(() => {
        this.#remove(waiter);
        reject(full());
      }, this.limits.waitMs);
      if (line === undefined) this.#waiting.set(tenant, [waiter]);
      else line.push(waiter);
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

  /** Whether the principal and its organization have room left of their own. */
  #mayHave({ principal, tenant }: AnswerHolder): boolean {
    const { operation, principal: ofPrincipal, organization } = this.limits;
    return (
      this.#heldByPrincipal.of(principal) + operation <= ofPrincipal &&
      this.#heldByTenant.of(tenant) + operation <= organization
    );
  }

  #fits(holder: AnswerHolder): boolean {
    return this.#held + this.limits.operation <= this.limits.process && this.#mayHave(holder);
  }

  /** Lets in whoever fits, one of each organization in turn. */
  #admit(): void {
    for (let again = true; again; ) {
      again = false;
      for (const [tenant, line] of [...this.#waiting]) {
        const waiter = line.find(({ holder }) => this.#fits(holder));
        if (waiter === undefined) continue;
        this.#remove(waiter);
        // Behind the others from now on.
        const left = this.#waiting.get(tenant);
        if (left !== undefined) {
          this.#waiting.delete(tenant);
          this.#waiting.set(tenant, left);
        }
        waiter.enter(this.#take(waiter.holder));
        again = true;
      }
    }
    if (this.#waiting.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
    } else this.#looking ??= setInterval(() => this.#makeRoom(), this.limits.unreadMs / 2).unref();
  }

  #remove(waiter: Waiter): void {
    const { tenant } = waiter.holder;
    const line = this.#waiting.get(tenant);
    const at = line?.indexOf(waiter) ?? -1;
    if (line === undefined || at === -1) return;
    line.splice(at, 1);
    if (line.length === 0) this.#waiting.delete(tenant);
  }

  /** Where others leave too little to an organization that waits, who lets most of it lie is read to no more. */
  #makeRoom(): void {
    const largest = this.#unreadByTenant.largest();
    if (largest === undefined) return;
    const kept = [...this.#waiting].some(
      ([tenant, line]) =>
        tenant !== largest &&
        this.#heldByTenant.of(tenant) < this.#heldByTenant.of(largest) &&
        line.some(({ holder }) => this.#mayHave(holder) && !this.#fits(holder)),
    );
    if (!kept) return;
    const before = performance.now() - this.limits.unreadMs;
    const oldest = [...this.#unread].find(({ holder, since }) => holder.tenant === largest && since <= before);
    oldest?.cut();
  }
}

const full = () =>
  new ApiError(
    'UNAVAILABLE',
    'Too many large answers are being made now. Try again in a few seconds, or ask for less at a time.',
    undefined,
    5,
  );

/** What one operation may read. */
export class AnswerBudget {
  readonly #budgets: AnswerBudgets;
  readonly #holder: AnswerHolder;
  #read = 0;
  #ended = false;
  #place: Promise<() => void> | undefined;

  constructor(budgets: AnswerBudgets, holder: AnswerHolder) {
    this.#budgets = budgets;
    this.#holder = holder;
  }

  /** The longest answer, in bytes. */
  get maxBytes(): number {
    return this.#budgets.limits.operation;
  }

  /**
   * To be called before stored texts are read, with their length in bytes.
   *
   * @throws ApiError LIMIT_EXCEEDED, before anything is read, where that is more than an operation may; UNAVAILABLE
   */
  async read(bytes: number): Promise<void> {
    this.#goesOn();
    const { operation, light } = this.#budgets.limits;
    const read = this.#read + bytes;
    if (read > operation) {
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `With this, the operation would read ${inMebibytes(read)} of stored texts; at most ${inMebibytes(operation)} are read at once. Ask for fewer at a time.`,
      );
    }
    this.#read = read;
    if (read > light) await this.place();
  }

  /** Waits for a place among the large answers. It is had once, until {@link end}. @throws ApiError UNAVAILABLE */
  async place(): Promise<void> {
    this.#goesOn();
    this.#place ??= this.#budgets.place(this.#holder);
    await this.#place;
  }

  /** The answer is made: nothing more is read. */
  end(): void {
    this.#ended = true;
    this.#place?.then(
      (leave) => leave(),
      () => {},
    );
    this.#place = undefined;
  }

  /**
   * An answer is made as soon as one of its fields failed that must not be null, while others are still being read: those must
   * not take a place that nobody gives back.
   */
  #goesOn(): void {
    if (this.#ended) throw new ApiError('UNAVAILABLE', 'This operation has been answered already.', undefined, 1);
  }
}
