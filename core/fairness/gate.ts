import { Shares } from './shares.ts';
import { Turns } from './turns.ts';

/**
 * Bounds the requests that a process has under way. Callers are admitted one request at a time: organizations take turns, and
 * within one organization first come, first served. An organization with slow requests holds up only itself: some room is
 * always left for organizations that have few requests under way.
 */
export class Gate {
  readonly #max: number;
  readonly #slots: Shares;
  readonly #waiting = new Turns<() => void>();

  /** @param max - most requests under way */
  constructor(max: number) {
    this.#max = max;
    this.#slots = new Shares(max);
  }

  /** Requests under way. */
  get inside(): number {
    return this.#max - this.#slots.free;
  }

  /** Resolves when there is room. @returns a function that gives the room back, to be called once */
  async enter(organizationId: string): Promise<() => void> {
    if (this.#slots.admits(organizationId)) this.#slots.take(organizationId);
    else await new Promise<void>((enter) => this.#waiting.add(organizationId, enter));
    return () => this.#leave(organizationId);
  }

  #leave(organizationId: string): void {
    this.#slots.release(organizationId);
    // One freed slot may admit several callers: each is judged by the number of slots it holds itself.
    while (this.#slots.free > 0) {
      let entering = '';
      const enter = this.#waiting.take((holder) => {
        entering = holder;
        return this.#slots.admits(holder);
      });
      if (!enter) return;
      this.#slots.take(entering);
      enter();
    }
  }
}
