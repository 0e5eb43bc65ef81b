import type { Principal } from '../core/access/principal.ts';
import type { Change } from '../core/live/changeSource.ts';
import type { ChangeSubscription, LiveChange } from '../core/live/changeStream.ts';
import { endingWith } from './endingWith.ts';

/** Most rows that are read at once. */
const mostTogether = 100;
/** How long a row that was read waits for its turn; a reader that is slower is told what has become of it since. */
const freshMs = 1_000;

/** Changes whose rows are read together, because one look-up each is what limits a subscriber. */
class Together {
  readonly #ids: readonly string[];
  #read: { readonly principal: Principal; readonly until: number; readonly rows: Promise<Map<string, object>> } | null;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
    this.#read = null;
  }

  /**
   * A row as this principal sees it. A principal that was looked up anew since the others were read may see less: then what
   * is left is read again.
   *
   * @param read - reads those of the rows that the principal sees
   */
  async row<Row extends { readonly id: string }>(
    id: string,
    principal: Principal,
    read: (ids: string[]) => Promise<Row[]>,
  ): Promise<Row | undefined> {
    const now = performance.now();
    if (this.#read?.principal !== principal || this.#read.until < now) {
      const rows = read(this.#ids.slice(this.#ids.indexOf(id))).then(
        (found) => new Map(found.map((row) => [row.id, row])),
      );
      const reading = { principal, until: now + freshMs, rows };
      this.#read = reading;
      // What could not be read is no answer for the others.
      rows.catch(() => {
        if (this.#read === reading) this.#read = null;
      });
    }
    return (await this.#read.rows).get(id) as Row | undefined;
  }
}

/** A change, and those that a feed told with it. */
export interface Told<Change> {
  readonly change: Change;
  readonly together: Together;
}

/** A feed's batches, change by change, in their order. */
export function oneByOne<Change>(
  batches: AsyncIterable<readonly Change[]>,
  idOf: (change: Change) => string,
  ending: AbortController,
): AsyncIterableIterator<Told<Change>> {
  async function* each(): AsyncGenerator<Told<Change>> {
    for await (const batch of batches) {
      for (let at = 0; at < batch.length; at += mostTogether) {
        const part = batch.slice(at, at + mostTogether);
        const together = new Together(part.map(idOf));
        for (const change of part) yield { change, together };
      }
    }
  }
  return endingWith(each(), ending);
}

/** Subscribes to a feed, change by change, once it misses nothing any more. @throws what the feed refuses */
export async function following<C extends Change>(
  subscribe: (signal: AbortSignal) => ChangeSubscription<C>,
): Promise<AsyncIterableIterator<Told<LiveChange<C>>>> {
  const ending = new AbortController();
  try {
    const batches = subscribe(ending.signal);
    await batches.ready;
    return oneByOne(batches, ({ id }) => id, ending);
  } catch (error) {
    ending.abort();
    throw error;
  }
}
