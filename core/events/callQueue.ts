import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import { type Call, sizeOf } from './call.ts';

/** A call that waits, and what it weighs. */
export interface WaitingCall extends Call {
  readonly bytes: number;
  /** That its events make, as far as is known. */
  readonly deliveries: number;
}

/** What one commit takes, unless a single call has more. */
export interface GroupSize {
  readonly events: number;
  readonly bytes: number;
  readonly deliveries: number;
}

/** What one organization may have waiting: a third more where others have some, too. */
const mostEventsOfOne = 10_000;
const mostBytesOfOne = 64 * 1024 * 1024;
const total = (ofOne: number) => Math.ceil((ofOne * 4) / 3);

/** Calls that wait to be stored. Organizations take turns; each one's calls keep their order. */
export class CallQueue {
  readonly #turns = new Turns<WaitingCall>();
  readonly #events = new Shares(total(mostEventsOfOne));
  readonly #bytes = new Shares(total(mostBytesOfOne));
  #waitingEvents = 0;

  /** Calls that have been let in and wait for their turn. */
  get size(): number {
    return this.#turns.size;
  }

  get events(): number {
    return this.#waitingEvents;
  }

  /** Organizations that wait. */
  get organizations(): number {
    return this.#turns.holders;
  }

  /** Whether there is room for a call; if so, it is held from now on. */
  hold({ scope: { organizationId }, events }: Pick<Call, 'scope' | 'events'>): boolean {
    const bytes = sizeOf(events);
    if (!this.#events.admits(organizationId, events.length)) return false;
    if (bytes > 0 && !this.#bytes.admits(organizationId, bytes)) return false;
    this.#events.take(organizationId, events.length);
    this.#bytes.take(organizationId, bytes);
    return true;
  }

  /** Gives back the room of a call that does not wait any more. */
  release({ scope: { organizationId }, events }: Pick<Call, 'scope' | 'events'>): void {
    this.#events.give(organizationId, events.length);
    this.#bytes.give(organizationId, sizeOf(events));
  }

  /** Lets a call wait for which room is held. */
  add(call: WaitingCall): void {
    this.#turns.add(call.scope.organizationId, call);
    this.#waitingEvents += call.events.length;
  }

  /** Whether some organization's next call may be taken. */
  some(may: (organizationId: string, next: WaitingCall) => boolean): boolean {
    return this.#turns.some(may);
  }

  /**
   * Takes calls for one commit.
   *
   * @param may - whether an organization's next call may be in it
   */
  take(size: GroupSize, may: (organizationId: string, next: WaitingCall) => boolean): WaitingCall[] {
    const taken: WaitingCall[] = [];
    let [events, bytes, deliveries] = [0, 0, 0];
    const fits = (call: WaitingCall) =>
      taken.length === 0 ||
      (events + call.events.length <= size.events &&
        bytes + call.bytes <= size.bytes &&
        deliveries + call.deliveries <= size.deliveries);
    for (;;) {
      const call = this.#turns.take((organizationId, next) => fits(next) && may(organizationId, next));
      if (!call) return taken;
      taken.push(call);
      events += call.events.length;
      bytes += call.bytes;
      deliveries += call.deliveries;
      this.#waitingEvents -= call.events.length;
      this.release(call);
    }
  }
}
