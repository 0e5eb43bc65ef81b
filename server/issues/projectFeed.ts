import type { Pool } from 'pg';
import { ApiError } from '../errors.ts';
import { type ChangeReader, startOf } from '../live/changes.ts';
import type { SharedPlaces } from '../places.ts';
import { changesAtOnce, type IssueChanged, issuesChangedSince } from './issueChanges.ts';

const tooSlow = (why: string) =>
  new ApiError('UNAVAILABLE', `${why} Subscribe again after the last cursor received.`, undefined, 1);

/** What one subscriber has been offered and not yet taken: the latest of each issue, and never more than a bound. */
export class IssueSubscriber {
  readonly #limit: number;
  readonly #pending = new Map<string, { change: IssueChanged; floor: number }>();
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  readonly #organizationId: string;
  /** What all subscribers of this process may leave waiting. */
  readonly #places: SharedPlaces;
  /** Places that this one has: for what waits, and for what it took last, which its reader may still hold. */
  #held = 0;

  constructor(limit: number, organizationId: string, places: SharedPlaces) {
    this.#limit = limit;
    this.#organizationId = organizationId;
    this.#places = places;
  }

  /** @param floor - before this time, everything has been offered */
  offer(change: IssueChanged, floor: number): void {
    if (this.#ended) return;
    const before = this.#pending.get(change.issueId);
    if (!before && this.#pending.size >= this.#limit) {
      this.end(tooSlow(`More than ${this.#limit} issues changed that this subscription has not taken.`));
      return;
    }
    if (!before && !this.#hold()) {
      this.end(tooSlow('Too many issues changed that this organization’s subscriptions have not taken.'));
      return;
    }
    this.#pending.set(change.issueId, { change, floor: before?.floor ?? floor });
    this.#wake();
  }

  /** Everything offered since the last call, once there is something; null when it has ended. @throws what it was ended with */
  async take(): Promise<{ change: IssueChanged; floor: number }[] | null> {
    while (this.#pending.size === 0 && !this.#ended) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if (this.#ended?.error) throw this.#ended.error;
    if (this.#ended) return null;
    const taken = [...this.#pending.values()];
    this.#release(this.#held - this.#pending.size);
    this.#pending.clear();
    // A resume after any of them must find the others, too.
    const floor = Math.min(...taken.map((each) => each.floor));
    return taken.map(({ change }) => ({ change, floor }));
  }

  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  end(error?: Error): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#pending.clear();
    this.#release(this.#held);
    this.#wake();
  }

  #hold(): boolean {
    if (!this.#places.take(this.#organizationId)) return false;
    this.#held += 1;
    return true;
  }

  #release(count: number): void {
    this.#held -= count;
    this.#places.give(this.#organizationId, count);
  }
}

/**
 * One project's issues, read once for all its subscribers in this process. It knows a time before which every change has been
 * offered, and which versions have been since: a change may be found any number of times, and is offered once.
 */
export class ProjectFeed {
  readonly audience = new Set<IssueSubscriber>();
  readonly #pool: Pool;
  readonly #reader: ChangeReader;
  readonly #projectId: string;
  readonly #told = new Map<string, IssueChanged>();
  #floor = 0;
  #reading: Promise<void> | null = null;
  #again = false;
  /** Resolves when what is committed from then on will be offered; what was there before counts as told. */
  readonly ready: Promise<void>;

  constructor(pool: Pool, reader: ChangeReader, projectId: string) {
    this.#pool = pool;
    this.#reader = reader;
    this.#projectId = projectId;
    this.ready = this.#begin();
  }

  /** Before this time, everything has been offered to the audience. */
  get floor(): number {
    return this.#floor;
  }

  /** Looks for what changed. @throws where the database is away; the next look finds it all the same */
  async look(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #begin(): Promise<void> {
    this.#floor = (await this.#reader.watermark()).complete;
    await this.#each((change) => this.#told.set(change.issueId, change));
  }

  async #read(): Promise<void> {
    await this.ready;
    do {
      this.#again = false;
      const { complete } = await this.#reader.watermark();
      const floor = this.#floor;
      await this.#each((change) => {
        if ((this.#told.get(change.issueId)?.version ?? 0) >= change.version) return;
        this.#told.set(change.issueId, change);
        for (const subscriber of this.audience) subscriber.offer(change, floor);
      });
      this.#floor = Math.max(floor, complete);
      for (const [id, { changedAt }] of this.#told) if (changedAt < this.#floor) this.#told.delete(id);
    } while (this.#again);
  }

  async #each(tell: (change: IssueChanged) => void): Promise<void> {
    let position = startOf(this.#floor);
    for (;;) {
      const page = await issuesChangedSince(this.#pool, this.#projectId, position);
      page.forEach(tell);
      const last = page.at(-1);
      if (last === undefined || page.length < changesAtOnce) return;
      position = { time: last.changedAt, id: last.issueId };
    }
  }
}
