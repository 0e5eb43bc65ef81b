import { Shares } from './shares.ts';
import { Turns } from './turns.ts';

/** What all requests under way may hold together, in bytes, unless it is given. */
const defaultMaxBytes = 128 * 1024 * 1024;

interface Waiter {
  readonly bytes: number;
  readonly enter: (leave: () => void) => void;
}

/**
 * Bounds the requests that a process has under way, in number and in bytes. Callers are admitted one request at a time:
 * organizations take turns, and within one organization first come, first served. An organization with slow or large requests
 * holds up only itself: some room is always left for organizations that have little under way.
 */
export class Gate {
  readonly #max: number;
  readonly #slots: Shares;
  readonly #bytes: Shares;
  readonly #waiting = new Turns<Waiter>();

  /**
   * @param max - most requests under way
   * @param maxBytes - what they hold together. One that is larger than what is left enters where its organization holds nothing
   */
  constructor(max: number, maxBytes = defaultMaxBytes) {
    this.#max = max;
    this.#slots = new Shares(max);
    this.#bytes = new Shares(maxBytes);
  }

  /** Requests under way. */
  get inside(): number {
    return this.#max - this.#slots.free;
  }

  /**
   * Resolves when there is room.
   *
   * @param bytes - what the request holds in memory. Default 0
   * @returns a function that gives the room back, to be called once
   */
  async enter(organizationId: string, bytes = 0): Promise<() => void> {
    return (
      this.enterNow(organizationId, bytes) ??
      new Promise((enter) => this.#waiting.add(organizationId, { bytes, enter }))
    );
  }

  /** As `enter`, at once. @returns null if there is no room, or others of the organization wait for it */
  enterNow(organizationId: string, bytes = 0): (() => void) | null {
    if (this.#waiting.of(organizationId) > 0 || !this.#admits(organizationId, bytes)) return null;
    return this.#take(organizationId, bytes);
  }

  #admits(organizationId: string, bytes: number): boolean {
    if (!this.#slots.admits(organizationId)) return false;
    return bytes === 0 || this.#bytes.held(organizationId) === 0 || this.#bytes.admits(organizationId, bytes);
  }

  #take(organizationId: string, bytes: number): () => void {
    this.#slots.take(organizationId);
    if (bytes > 0) this.#bytes.take(organizationId, bytes);
    return () => this.#leave(organizationId, bytes);
  }

  #leave(organizationId: string, bytes: number): void {
    this.#slots.release(organizationId);
    if (bytes > 0) this.#bytes.release(organizationId, bytes);
    // What one leaves may admit several callers: each is judged by what it holds itself.
    while (this.#slots.free > 0) {
      let entering = '';
      const waiter = this.#waiting.take((holder, { bytes }) => {
        entering = holder;
        return this.#admits(holder, bytes);
      });
      if (!waiter) return;
      waiter.enter(this.#take(entering, waiter.bytes));
    }
  }
}
