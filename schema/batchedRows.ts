import type { Scope } from '../core/access/permissions.ts';
import type { Principal } from '../core/access/principal.ts';
import type { Change } from '../core/live/changeSource.ts';
import type { ChangeSubscription, LiveChange } from '../core/live/changeStream.ts';
import { endingWith } from './endingWith.ts';

/** Most rows in one read. */
const maxRowsPerRead = 100;
/** How long a row stays good after it was read. A slower reader gets the state that it has by then. */
const freshMs = 1_000;

/** Changes whose rows are read together: one look-up for each row would limit a subscriber. */
class RowBatch {
  readonly #ids: readonly string[];
  #read: { readonly principal: Principal; readonly until: number; readonly rows: Promise<Map<string, object>> } | null;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
    this.#read = null;
  }

  /**
   * A row as this principal sees it. A principal that was looked up again since the last read may see less, so the rows
   * that are left are then read again.
   *
   * @param read - reads the rows that the principal may see
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
      // After a failed read, the next row tries again.
      rows.catch(() => {
        if (this.#read === reading) this.#read = null;
      });
    }
    return (await this.#read.rows).get(id) as Row | undefined;
  }
}

/** A change, and those that a feed told with it. */
export interface BatchedChange<Change> {
  readonly change: Change;
  readonly batch: RowBatch;
  /** What its subscriber asked for, and may read. */
  readonly scope: Scope;
}

/** Those of some rows that a subscriber wants, where the changes themselves do not tell. */
export type Selects = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** A feed's batches, change by change, in their order. */
export function oneByOne<Change>(
  batches: AsyncIterable<readonly Change[]>,
  scope: Scope,
  idOf: (change: Change) => string,
  ending: AbortController,
  selects?: Selects,
): AsyncIterableIterator<BatchedChange<Change>> {
  async function* each(): AsyncGenerator<BatchedChange<Change>> {
    for await (const changes of batches) {
      for (let at = 0; at < changes.length; at += maxRowsPerRead) {
        const all = changes.slice(at, at + maxRowsPerRead);
        const wanted = await selects?.(all.map(idOf));
        const part = wanted ? all.filter((change) => wanted.has(idOf(change))) : all;
        const batch = new RowBatch(part.map(idOf));
        for (const change of part) yield { change, batch, scope };
      }
    }
  }
  return endingWith(each(), ending);
}

/** Subscribes to a feed, change by change. Resolves once no change can be missed. @throws the feed's refusal */
export async function following<C extends Change>(
  scope: Scope,
  subscribe: (signal: AbortSignal) => ChangeSubscription<C>,
  selects?: Selects,
): Promise<AsyncIterableIterator<BatchedChange<LiveChange<C>>>> {
  const ending = new AbortController();
  try {
    const batches = subscribe(ending.signal);
    await batches.ready;
    return oneByOne(batches, scope, ({ id }) => id, ending, selects);
  } catch (error) {
    ending.abort();
    throw error;
  }
}
