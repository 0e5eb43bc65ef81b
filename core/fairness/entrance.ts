import { Company } from './company.ts';
import { Turns } from './turns.ts';

/** How long calls may run within one turn of the event loop, in milliseconds, before sockets and timers get their turn. */
const turnMs = 2;
/** The same beside other work that takes long: at most this. */
const maxTurnMs = 25;
/** Calls get this part of a turn at least: as much as all the rest. A larger part would let the turns grow without end. */
const partOfTurn = 0.5;
/** Beside others, one tenant's calls get this part of a turn, and so long at most: a turn that they fill is a turn that others wait. */
const partOfTenant = 0.2;
const maxTenantTurnMs = 4;
/** After a call that held the thread longer than this, its tenant rests for as long as the call took. Milliseconds. */
const longMs = 3;
/** Beyond so many tenants, those whose rest has ended are forgotten. */
const maxResting = 100;

/**
 * Admits calls for a few milliseconds in each turn of the event loop, or for half of a long one; tenants take turns. Calls that
 * come in faster than they are served wait here and do not hold up everything else: a tenant that calls now and then waits for a
 * turn or two, however many calls others have sent, and however long each of those holds the thread.
 */
export class Entrance {
  readonly #waiting = new Turns<() => void>();
  /** When the first call of this turn was admitted; null before that. */
  #beganAt: number | null = null;
  /** How long calls may run in this turn, and those of one tenant beside others. */
  #turnMs = turnMs;
  #tenantTurnMs = turnMs;
  /** How long calls of tenants have run in this turn. */
  readonly #used = new Map<string, number>();
  /** Until when tenants rest. */
  readonly #resting = new Map<string, number>();
  /** A tenant rests only while others are there. */
  readonly #company = new Company();

  readonly #mayEnter = (tenant: string) => this.#isAdmissible(tenant, performance.now());

  /** @returns undefined where the call may begin at once, as most do; otherwise a promise that resolves when it may */
  enter(tenant: string): Promise<void> | undefined {
    const now = performance.now();
    this.#company.see(tenant, now);
    const beganAt = this.#beganAt ?? this.#begin();
    const hasTime = this.#waiting.size === 0 && now - beganAt < this.#turnMs;
    if (hasTime && this.#isAdmissible(tenant, now)) {
      this.#measure(tenant);
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.add(tenant, resolve));
  }

  /** Whether a call of this tenant may begin, if the turn has time left. */
  #isAdmissible(tenant: string, now: number): boolean {
    if (this.#rests(tenant, now)) return false;
    return (this.#used.get(tenant) ?? 0) < this.#tenantTurnMs || !this.#company.hasOthers(tenant, now);
  }

  /** @returns when */
  #begin(): number {
    const now = performance.now();
    this.#beganAt = now;
    setImmediate(() => this.#nextTurn());
    return now;
  }

  #nextTurn(): void {
    const lastMs = performance.now() - (this.#beganAt ?? 0);
    this.#beganAt = null;
    this.#turnMs = turnMs;
    this.#tenantTurnMs = turnMs;
    this.#used.clear();
    if (this.#waiting.size === 0) return;
    if (!this.#waiting.some(this.#mayEnter)) {
      // All who wait rest.
      this.#beganAt = performance.now();
      setTimeout(() => this.#nextTurn(), 1);
      return;
    }
    // Where each turn is long, by deliveries for example, a fixed time for calls would serve fewer of them than come in.
    this.#turnMs = Math.max(turnMs, Math.min(maxTurnMs, partOfTurn * lastMs));
    this.#tenantTurnMs = Math.max(turnMs, Math.min(maxTenantTurnMs, partOfTenant * lastMs));
    this.#admit(this.#begin());
  }

  /** Admits one call, then the next once the first waits for something: until then it uses up the turn's time. */
  #admit(beganAt: number): void {
    if (performance.now() - beganAt >= this.#turnMs) return;
    let tenant = '';
    const begin = this.#waiting.take((holder) => {
      tenant = holder;
      return this.#mayEnter(holder);
    });
    if (!begin) return;
    begin();
    this.#measure(tenant, () => this.#admit(beganAt));
  }

  /** Has a tenant rest whose call, which begins now, holds the thread for long. @param then - runs when the call waits for something */
  #measure(tenant: string, then?: () => void): void {
    const beganAt = performance.now();
    // A tick that is scheduled by a microtask runs after all microtasks: a call goes on through many before it parses and runs.
    queueMicrotask(() =>
      process.nextTick(() => {
        const now = performance.now();
        const tookMs = now - beganAt;
        this.#used.set(tenant, (this.#used.get(tenant) ?? 0) + tookMs);
        if (tookMs > longMs && this.#company.hasOthers(tenant, now)) this.#rest(tenant, now + tookMs, now);
        then?.();
      }),
    );
  }

  #rest(tenant: string, until: number, now: number): void {
    // Those that did not come back.
    if (this.#resting.size >= maxResting) {
      for (const [each, end] of this.#resting) if (end <= now) this.#resting.delete(each);
    }
    this.#resting.set(tenant, until);
  }

  #rests(tenant: string, now: number): boolean {
    const until = this.#resting.get(tenant);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#resting.delete(tenant);
    return false;
  }
}
