import { Shares } from './shares.ts';
import { Turns } from './turns.ts';

/**
 * Bounds the requests that a process has under way. Who wants to send is let through one request at a time: organizations take
 * turns, and each one's webhooks in the order of asking. An organization whose requests end late holds up itself alone: some
 * room is always left for those that have little under way.
 */
export class Gate {
  readonly #places: Shares;
  readonly #waiting = new Turns<() => void>();

  /** @param most - requests under way */
  constructor(most: number) {
    this.#places = new Shares(most);
  }

  /** Resolves when there is room, with what gives it back, to be called once. */
  async enter(organizationId: string): Promise<() => void> {
    if (this.#places.admits(organizationId)) this.#places.take(organizationId);
    else await new Promise<void>((enter) => this.#waiting.add(organizationId, enter));
    return () => this.#leave(organizationId);
  }

  #leave(organizationId: string): void {
    this.#places.give(organizationId);
    // What one gives back may be room for several: each of those waiting is judged by what it holds itself.
    while (this.#places.free > 0) {
      let entering = '';
      const enter = this.#waiting.take((holder) => {
        entering = holder;
        return this.#places.admits(holder);
      });
      if (!enter) return;
      this.#places.take(entering);
      enter();
    }
  }
}
