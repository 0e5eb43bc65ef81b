import { firstIdOf, timeOfId } from '../ground/idTime.ts';
import { type Bounds, type Condition, firstRows, type IndexedList, runsOf } from './indexedList.ts';
import { Parameters } from './parameters.ts';

/** Runs a read-only statement. */
export type Read = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;

/** What a filter asks for: the ways to read it, each of them complete, and its conditions. */
export interface Filtered {
  readonly lists: readonly IndexedList[];
  readonly conditions: readonly Condition[];
}

export interface WalkLimits {
  /** No read begins after this time, in milliseconds. */
  readonly maxMs: number;
  /** Rows of the first read, where not every row fits. */
  readonly firstRows: number;
  /** Most rows of a read. */
  readonly maxRows: number;
}

export interface Walked {
  /** The ids that fit, in the order asked for. */
  readonly ids: string[];
  /** Where reading ended for lack of time: everything up to this id was looked at. Null where nothing is left to look at. */
  readonly endedAt: string | null;
}

/** Reads are made so long that each takes about this, in milliseconds. */
const readMs = 25;
/** Rows that are looked up to learn which list is the sparsest. */
const probeRows = 200;

/**
 * Reads the first rows that fit, by windows: of the ways to read, the one that gets furthest for the rows that it looks at, and
 * of those rows the ones that fit all else. So what is rare by any index is found at once. Where common things never occur
 * together, it ends in time and says how far it got.
 *
 * @param count - how many rows are wanted
 */
export async function walk(
  read: Read,
  { lists, conditions }: Filtered,
  bounds: Bounds,
  count: number,
  limits: WalkLimits,
): Promise<Walked> {
  const { newestFirst } = bounds;
  const ids: string[] = [];
  if (count === 0) return { ids, endedAt: null };
  const beganAt = performance.now();
  let rows = limits.firstRows;
  let rest = bounds;
  let list: IndexedList | undefined;
  for (let round = 0; ; round++) {
    // What is sparse now, may be dense before.
    if (list === undefined || round % 2 === 0) list = await sparsest(read, lists, rest);
    const { covers } = list;
    const others = conditions.filter(({ name }) => !covers.includes(name));
    const missing = count - ids.length;
    // Where every row fits, as many are read as are missing.
    const limit = others.length === 0 ? missing : Math.max(missing, Math.ceil(rows / Math.max(1, runsOf(list))));
    const readAt = performance.now();
    const found = await readWindow(read, list, rest, limit, others, missing);
    ids.push(...found.ids);
    if (ids.length >= count || found.last === null || found.seen < limit) return { ids, endedAt: null };
    rest = newestFirst ? { ...rest, below: found.last } : { ...rest, above: found.last };
    const now = performance.now();
    if (now - beganAt >= limits.maxMs) return { ids, endedAt: found.last };
    // As many as are probably enough, but no more than the time allows.
    const enough =
      found.ids.length === 0
        ? Number.POSITIVE_INFINITY
        : (found.seen * (missing - found.ids.length) * 1.25) / found.ids.length;
    const inTime = rows * Math.min(4, readMs / Math.max(1, now - readAt));
    rows = Math.max(limits.firstRows, Math.ceil(Math.min(limits.maxRows, enough, inTime)));
  }
}

interface Found {
  readonly ids: string[];
  /** Rows that were looked at. */
  readonly seen: number;
  /** The last of them. */
  readonly last: string | null;
}

async function readWindow(
  read: Read,
  list: IndexedList,
  bounds: Bounds,
  limit: number,
  others: readonly Condition[],
  missing: number,
): Promise<Found> {
  const parameters = new Parameters();
  const order = bounds.newestFirst ? 'DESC' : 'ASC';
  const [row] = await read<Found>(
    `WITH seen AS MATERIALIZED (${firstRows(list, bounds, limit, others, parameters)})
     SELECT (SELECT count(*)::int FROM seen) AS seen,
            (SELECT ${lastOf(bounds)} FROM seen) AS last,
            ARRAY(SELECT id FROM seen WHERE fits ORDER BY id ${order} LIMIT ${missing}) AS ids`,
    parameters.values,
  );
  return row as Found;
}

/** SQL: the last id in the order of reading. PostgreSQL has no `min` of UUIDs before version 18; their texts have the same order. */
const lastOf = ({ newestFirst }: Bounds): string => `${newestFirst ? 'min' : 'max'}(id::text)`;

/** The way to read that gets furthest for the rows that it looks at, from here on. */
async function sparsest(read: Read, lists: readonly IndexedList[], bounds: Bounds): Promise<IndexedList> {
  const [first] = lists as readonly [IndexedList];
  if (lists.length === 1) return first;
  const { newestFirst } = bounds;
  const parameters = new Parameters();
  const limits = lists.map((list) => Math.max(4, Math.ceil(probeRows / Math.max(1, runsOf(list)))));
  const probes = await read<{ list: number; seen: number; last: string | null }>(
    lists
      .map(
        (list, index) => `
          SELECT ${index} AS list, count(*)::int AS seen, ${lastOf(bounds)} AS last
            FROM (${firstRows(list, bounds, limits[index] as number, [], parameters)}) AS probe`,
      )
      .join(' UNION ALL '),
    parameters.values,
  );
  const from = timeOfId((newestFirst ? bounds.below : bounds.above) ?? firstIdOf(newestFirst ? Date.now() : 0));
  /** Rows for each millisecond. Of lists that end here, the shortest is the cheapest. */
  const density = ({ list, seen, last }: (typeof probes)[number]): number => {
    const limit = limits[list] as number;
    if (seen < limit || last === null) return seen / 1e15;
    return (limit * runsOf(lists[list] as IndexedList)) / Math.max(1, Math.abs(from - timeOfId(last)));
  };
  const best = probes.reduce((one, other) => (density(other) < density(one) ? other : one));
  return lists[best.list] as IndexedList;
}
