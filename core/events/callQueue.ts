import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import { type Call, sizeOf } from './call.ts';

/** A waiting call and its size. */
export interface WaitingCall extends Call {
  readonly bytes: number;
  /** Deliveries that its events make, by the routes known now. */
  readonly deliveries: number;
}

/** Limits of one commit. A single call may exceed them. */
export interface GroupSize {
  readonly events: number;
  readonly bytes: number;
  readonly deliveries: number;
}

/** Limits for one organization's waiting calls; the limits for all together are a third higher. */
const maxEventsOfOne = 10_000;
const maxBytesOfOne = 64 * 1024 * 1024;
const total = (ofOne: number) => Math.ceil((ofOne * 4) / 3);

/** Calls waiting to be stored. Organizations take turns; the calls of one keep their order. */
export class CallQueue {
  readonly #turns = new Turns<WaitingCall>();
  readonly #events = new Shares(total(maxEventsOfOne));
  readonly #bytes = new Shares(total(maxBytesOfOne));
  #waitingEvents = 0;

  /** Waiting calls. */
  get size(): number {
    return this.#turns.size;
  }

  get events(): number {
    return this.#waitingEvents;
  }

  /** Organizations with waiting calls. */
  get organizations(): number {
    return this.#turns.holders;
  }

  /** Reserves room for a call. @returns false if there is none */
  hold({ scope: { organizationId }, events }: Pick<Call, 'scope' | 'events'>): boolean {
    const bytes = sizeOf(events);
    if (!this.#events.admits(organizationId, events.length)) return false;
    if (bytes > 0 && !this.#bytes.admits(organizationId, bytes)) return false;
    this.#events.take(organizationId, events.length);
    this.#bytes.take(organizationId, bytes);
    return true;
  }

  /** Releases the room of a call that no longer waits. */
  release({ scope: { organizationId }, events }: Pick<Call, 'scope' | 'events'>): void {
    this.#events.release(organizationId, events.length);
    this.#bytes.release(organizationId, sizeOf(events));
  }

  /** Queues a call whose room is reserved. */
  add(call: WaitingCall): void {
    this.#turns.add(call.scope.organizationId, call);
    this.#waitingEvents += call.events.length;
  }

  /** Whether any organization's next call may be taken. */
  some(may: (organizationId: string, next: WaitingCall) => boolean): boolean {
    return this.#turns.some(may);
  }

  /**
   * Takes calls for one commit.
   *
   * @param may - whether an organization's next call may join the commit
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
