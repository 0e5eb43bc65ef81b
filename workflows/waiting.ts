import type { WaitingEntry } from '../core/deliveries/ownership.ts';

/** Deliveries that a workflow carries at most: Temporal refuses a state of 2 MiB, and warns from 512 KiB on. These are 300 KiB. */
export const maxWaiting = 5_000;
/** From so many on down, more are taken from the rows. */
const fewWaiting = maxWaiting / 2;
/** So many make room where something due sooner has none. */
const madeRoom = 500;

/** A delivery that waits: attempts made, and when the next is due, in milliseconds since the epoch. */
export interface Waits {
  readonly made: number;
  readonly dueAt: number;
}

/** A place in the order of due times and ids. */
export type Place = readonly [dueAt: number, deliveryId: string];

/**
 * What a workflow knows of its webhook's waiting deliveries: the earliest of them, by id. What is due later than those may be rows
 * alone.
 */
export class Waiting {
  readonly #entries = new Map<string, Waits>();
  readonly #inAir = new Set<string>();
  /** Those in the air that were ended meanwhile: whatever becomes of the attempt, none follows. */
  readonly #ended = new Set<string>();
  /** Everything from this place on may be a row alone; null: nothing is. */
  #beyond: Place | null;
  /** When the first that is not in the air is due; undefined: to be looked for. */
  #next: number | null | undefined;

  constructor(entries: readonly WaitingEntry[] = [], beyond: Place | null = null) {
    for (const [id, made, dueAt] of entries) this.#entries.set(id, { made, dueAt });
    this.#beyond = beyond;
  }

  get size(): number {
    return this.#entries.size;
  }

  get inAir(): number {
    return this.#inAir.size;
  }

  get beyond(): Place | null {
    return this.#beyond;
  }

  /** Whether rows are to be read now: there is room for many, or few are due here while others may be. */
  wantsRows(now: number): boolean {
    if (this.#beyond === null) return false;
    return this.size < fewWaiting || (this.#beyond[0] <= now && this.countDue(now, fewWaiting) < fewWaiting);
  }

  get(id: string): Waits | undefined {
    return this.#entries.get(id);
  }

  isInAir(id: string): boolean {
    return this.#inAir.has(id);
  }

  /** Of rows from this place on it is not known any more whether they are here. */
  forgetFrom(place: Place): void {
    if (this.#beyond === null || isBefore(place, this.#beyond)) this.#beyond = place;
  }

  /** Rows are being read from there on: what {@link forgetFrom} is told meanwhile holds beside what they show. */
  readingRows(): Place | null {
    const from = this.#beyond;
    this.#beyond = null;
    return from;
  }

  /** Room for rows, which is made where there is little. */
  makeRoom(): number {
    if (maxWaiting - this.size < madeRoom) {
      const latest = [...this.#entries].filter(([id]) => !this.#inAir.has(id)).sort(byPlace);
      for (const [id, { dueAt }] of latest.slice(-madeRoom)) {
        this.#entries.delete(id);
        this.forgetFrom([dueAt, id]);
      }
      this.#next = undefined;
    }
    return Math.max(0, maxWaiting - this.size);
  }

  /**
   * Learns of a delivery from somebody else. What is known better stays: a later attempt, or that one is in the air.
   *
   * @returns whether that was new
   */
  learn([id, made, dueAt]: WaitingEntry): boolean {
    const known = this.#entries.get(id);
    if (this.#inAir.has(id) || (known && (known.made > made || (known.made === made && known.dueAt <= dueAt))))
      return false;
    if (!known && this.size >= maxWaiting) this.forgetFrom([dueAt, id]);
    else this.#set(id, { made, dueAt });
    return true;
  }

  /** What the next attempt is and when it is due, decided after the one that was in the air. */
  again(id: string, made: number, dueAt: number): void {
    this.#inAir.delete(id);
    if (this.#ended.has(id)) this.drop(id);
    else this.#set(id, { made, dueAt });
  }

  /** It was in the air and not attempted. */
  keep(id: string): void {
    this.#inAir.delete(id);
    this.#next = undefined;
    if (this.#ended.has(id)) this.drop(id);
  }

  /** It waits for nothing more. */
  drop(id: string): void {
    this.#inAir.delete(id);
    this.#ended.delete(id);
    this.#entries.delete(id);
    this.#next = undefined;
  }

  /** Its row was ended. */
  end(id: string): void {
    if (this.#inAir.has(id)) this.#ended.add(id);
    else this.drop(id);
  }

  /** Drops everything that is not in the air. */
  clear(): void {
    for (const id of this.#entries.keys()) if (!this.#inAir.has(id)) this.#entries.delete(id);
    this.#next = undefined;
  }

  dueNow(id: string, now: number): void {
    const known = this.#entries.get(id);
    if (known) this.#set(id, { made: known.made, dueAt: Math.min(known.dueAt, now) });
  }

  /** When the first that is not in the air is due; null where there is none. */
  nextDue(): number | null {
    if (this.#next === undefined) {
      this.#next = null;
      for (const [id, { dueAt }] of this.#entries) {
        if (!this.#inAir.has(id) && (this.#next === null || dueAt < this.#next)) this.#next = dueAt;
      }
    }
    return this.#next;
  }

  /** How many are due and not in the air, counted no further than `most`. */
  countDue(now: number, limit: number): number {
    if ((this.nextDue() ?? Number.POSITIVE_INFINITY) > now) return 0;
    let count = 0;
    for (const [id, { dueAt }] of this.#entries) {
      if (dueAt <= now && !this.#inAir.has(id) && ++count === limit) break;
    }
    return count;
  }

  /** Takes what is due into the air, the earliest first. */
  take(now: number, limit: number): (Waits & { readonly id: string })[] {
    const due = [...this.#entries].filter(([id, { dueAt }]) => dueAt <= now && !this.#inAir.has(id)).sort(byPlace);
    const taken = due.slice(0, limit).map(([id, waits]) => ({ id, ...waits }));
    for (const { id } of taken) this.#inAir.add(id);
    this.#next = undefined;
    return taken;
  }

  /** In the order of due times and ids, from after one of them on. */
  list(first: number, after: string | null): (Waits & { readonly id: string })[] {
    const sorted = [...this.#entries].sort(byPlace).map(([id, waits]) => ({ id, ...waits }));
    const from = after === null ? 0 : sorted.findIndex(({ id }) => id === after) + 1;
    return sorted.slice(from, from + first);
  }

  /** To be carried over. Nothing may be in the air. */
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
