import type { WaitingEntry } from '../core/deliveries/ownership.ts';

/**
 * Deliveries that a workflow carries at most: Temporal refuses a state of 2 MiB, and warns from 512 KiB on. These are 300
 * KiB.
 */
export const maxWaiting = 5_000;
/** At or below this count, more are read from the rows. */
const fewWaiting = maxWaiting / 2;
/** How many are dropped to make room for something due sooner. */
const madeRoom = 500;

/** A waiting delivery: attempts made, and when the next is due, in milliseconds since the epoch. */
export interface Waits {
  readonly made: number;
  readonly dueAt: number;
}

/** A position in the order of due times and ids. */
export type Place = readonly [dueAt: number, deliveryId: string];

/**
 * The workflow's knowledge of its webhook's waiting deliveries: the earliest of them, by id. Deliveries due later may
 * exist only as rows.
 */
export class Waiting {
  readonly #entries = new Map<string, Waits>();
  readonly #inFlight = new Set<string>();
  /** In-flight deliveries that ended meanwhile: no attempt follows, whatever the outcome. */
  readonly #ended = new Set<string>();
  /** From this position on, deliveries may exist only as rows; null: none does. */
  #beyond: Place | null;
  /** When the first one that is not in flight is due; undefined: to be computed. */
  #next: number | null | undefined;

  constructor(entries: readonly WaitingEntry[] = [], beyond: Place | null = null) {
    for (const [id, made, dueAt] of entries) this.#entries.set(id, { made, dueAt });
    this.#beyond = beyond;
  }

  get size(): number {
    return this.#entries.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get beyond(): Place | null {
    return this.#beyond;
  }

  /** Whether to read rows now: there is room for many, or few are due here while others may be. */
  wantsRows(now: number): boolean {
    if (this.#beyond === null) return false;
    return this.size < fewWaiting || (this.#beyond[0] <= now && this.countDue(now, fewWaiting) < fewWaiting);
  }

  get(id: string): Waits | undefined {
    return this.#entries.get(id);
  }

  isInFlight(id: string): boolean {
    return this.#inFlight.has(id);
  }

  /** From this position on it is no longer known whether rows are here. */
  forgetFrom(place: Place): void {
    if (this.#beyond === null || isBefore(place, this.#beyond)) this.#beyond = place;
  }

  /** Rows are being read from there on. Later calls of {@link forgetFrom} are kept beside the result. */
  readingRows(): Place | null {
    const from = this.#beyond;
    this.#beyond = null;
    return from;
  }

  /** The room for rows; makes some if there is little. */
  makeRoom(): number {
    if (maxWaiting - this.size < madeRoom) {
      const latest = [...this.#entries].filter(([id]) => !this.#inFlight.has(id)).sort(byPlace);
      for (const [id, { dueAt }] of latest.slice(-madeRoom)) {
        this.#entries.delete(id);
        this.forgetFrom([dueAt, id]);
      }
      this.#next = undefined;
    }
    return Math.max(0, maxWaiting - this.size);
  }

  /**
   * Learns of a delivery from a signal or a row. Better knowledge stays: a later attempt, or one in flight.
   *
   * @returns whether it was new
   */
  learn([id, made, dueAt]: WaitingEntry): boolean {
    const known = this.#entries.get(id);
    if (this.#inFlight.has(id) || (known && (known.made > made || (known.made === made && known.dueAt <= dueAt))))
      return false;
    if (!known && this.size >= maxWaiting) this.forgetFrom([dueAt, id]);
    else this.#set(id, { made, dueAt });
    return true;
  }

  /** Schedules the next attempt, as decided after the one in flight. */
  again(id: string, made: number, dueAt: number): void {
    this.#inFlight.delete(id);
    if (this.#ended.has(id)) this.drop(id);
    else this.#set(id, { made, dueAt });
  }

  /** It was in flight and not attempted. */
  keep(id: string): void {
    this.#inFlight.delete(id);
    this.#next = undefined;
    if (this.#ended.has(id)) this.drop(id);
  }

  /** It no longer waits. */
  drop(id: string): void {
    this.#inFlight.delete(id);
    this.#ended.delete(id);
    this.#entries.delete(id);
    this.#next = undefined;
  }

  /** Its row was ended. */
  end(id: string): void {
    if (this.#inFlight.has(id)) this.#ended.add(id);
    else this.drop(id);
  }

  /** Drops everything that is not in flight. */
  clear(): void {
    for (const id of this.#entries.keys()) if (!this.#inFlight.has(id)) this.#entries.delete(id);
    this.#next = undefined;
  }

  /** Makes a delivery due, unless it is in flight. */
  dueNow(id: string, now: number): void {
    const known = this.#entries.get(id);
    if (known && !this.#inFlight.has(id)) this.#set(id, { made: known.made, dueAt: Math.min(known.dueAt, now) });
  }

  /** When the first one that is not in flight is due; null if there is none. */
  nextDue(): number | null {
    if (this.#next === undefined) {
      this.#next = null;
      for (const [id, { dueAt }] of this.#entries) {
        if (!this.#inFlight.has(id) && (this.#next === null || dueAt < this.#next)) this.#next = dueAt;
      }
    }
    return this.#next;
  }

  /** How many are due and not in flight, counted up to `limit`. */
  countDue(now: number, limit: number): number {
    if ((this.nextDue() ?? Number.POSITIVE_INFINITY) > now) return 0;
    let count = 0;
    for (const [id, { dueAt }] of this.#entries) {
      if (dueAt <= now && !this.#inFlight.has(id) && ++count === limit) break;
    }
    return count;
  }

  /** Takes due deliveries into flight, the earliest first. */
  take(now: number, limit: number): (Waits & { readonly id: string })[] {
    const due = [...this.#entries].filter(([id, { dueAt }]) => dueAt <= now && !this.#inFlight.has(id)).sort(byPlace);
    const taken = due.slice(0, limit).map(([id, waits]) => ({ id, ...waits }));
    for (const { id } of taken) this.#inFlight.add(id);
    this.#next = undefined;
    return taken;
  }

  /** Lists in the order of due times and ids, after one of them. */
  list(first: number, after: string | null): (Waits & { readonly id: string })[] {
    const sorted = [...this.#entries].sort(byPlace).map(([id, waits]) => ({ id, ...waits }));
    const from = after === null ? 0 : sorted.findIndex(({ id }) => id === after) + 1;
    return sorted.slice(from, from + first);
  }

  /** The state to carry over. Nothing may be in flight. */
  entries(): WaitingEntry[] {
    return [...this.#entries].map(([id, { made, dueAt }]) => [id, made, dueAt]);
  }

  #set(id: string, waits: Waits): void {
    const known = this.#entries.get(id);
    this.#entries.set(id, waits);
    if (this.#next === undefined) return;
    if (known && known.dueAt === this.#next && waits.dueAt > known.dueAt) this.#next = undefined;
    else if (this.#next === null || waits.dueAt < this.#next) this.#next = waits.dueAt;
  }
}

const isBefore = (a: Place, b: Place) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

const byPlace = ([a, { dueAt: first }]: [string, Waits], [b, { dueAt: second }]: [string, Waits]): number =>
  first - second || (a < b ? -1 : a > b ? 1 : 0);
