/** What one subscription asks for. */
export interface Ask {
  readonly listenerId: string;
  /** The subscription's own. */
  readonly connection: string;
  /** Requests that its client has already. */
  readonly known: ReadonlySet<string>;
}

/** The first requests that wait for a listener, in the order of events; null if the connection has the listener no more. */
export type Waiting = readonly string[] | null;

/** Reads what waits for several listeners of an organization. @returns by connection; null is left out */
export type ReadWaiting = (organizationId: string, asks: readonly Ask[]) => Promise<ReadonlyMap<string, string[]>>;

/** An organization's place among those who look. */
export interface Looking {
  /** @returns none if the signal aborts first */
  ask(ask: Ask, signal: AbortSignal): Promise<Waiting>;
  leave(): void;
}

interface Asked extends Ask {
  resolve(waiting: Waiting): void;
  reject(error: unknown): void;
}

/** Looks of an organization are at least so far apart; after each that found nothing twice as far, up to the second. Milliseconds. */
const firstRestMs = 20;
const longestRestMs = 250;

/** One organization's looks: one at a time, each for all of its listeners that ask. */
class OrganizationLooks {
  readonly #read: (asks: readonly Ask[]) => Promise<ReadonlyMap<string, string[]>>;
  /** Subscriptions that may ask. */
  readers = 0;
  #asked = new Set<Asked>();
  #restMs = firstRestMs;
  #restsUntil = 0;
  #looking = false;

  constructor(read: (asks: readonly Ask[]) => Promise<ReadonlyMap<string, string[]>>) {
    this.#read = read;
  }

  ask(ask: Ask, signal: AbortSignal): Promise<Waiting> {
    return new Promise((resolve, reject) => {
      const gone = () => {
        this.#asked.delete(asked);
        resolve([]);
      };
      const settling =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', gone);
          settle(value);
        };
      const asked = { ...ask, resolve: settling(resolve), reject: settling(reject) };
      this.#asked.add(asked);
      signal.addEventListener('abort', gone);
      if (signal.aborted) gone();
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    while (this.#asked.size > 0) {
      const restMs = this.#restsUntil - performance.now();
      // Even without a rest, those that one hint wakes ask together.
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, restMs)));
      const asked = [...this.#asked];
      this.#asked.clear();
      if (asked.length > 0) await this.#look(asked);
    }
    this.#looking = false;
  }

  async #look(asked: readonly Asked[]): Promise<void> {
    let isNew = false;
    try {
      const waiting = await this.#read(asked);
      for (const { connection, known, resolve } of asked) {
        const ids = waiting.get(connection) ?? null;
        isNew ||= ids?.some((id) => !known.has(id)) ?? false;
        resolve(ids);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
    this.#restMs = isNew ? firstRestMs : Math.min(longestRestMs, this.#restMs * 2);
    this.#restsUntil = performance.now() + this.#restMs;
  }
}

/**
 * What waits for the listeners of this process. Whatever happens in an organization wakes all of its listeners, so they ask together:
 * one question at a time, more seldom while there is nothing for any of them.
 */
export class Looks {
  readonly #read: ReadWaiting;
  readonly #organizations = new Map<string, OrganizationLooks>();

  constructor(read: ReadWaiting) {
    this.#read = read;
  }

  join(organizationId: string): Looking {
    let looks = this.#organizations.get(organizationId);
    if (!looks) {
      looks = new OrganizationLooks((asks) => this.#read(organizationId, asks));
      this.#organizations.set(organizationId, looks);
    }
    const joined = looks;
    joined.readers++;
    return {
      ask: (ask, signal) => joined.ask(ask, signal),
      leave: () => {
        if (--joined.readers === 0) this.#organizations.delete(organizationId);
      },
    };
  }
}
