import { invalid } from '../ground/errors.ts';
import { idAfter, idBefore } from '../ground/idTime.ts';
import type { Label } from '../labels/label.ts';
import { deliveriesOf } from './deliveries.ts';
import type { DeliveryFilter } from './deliveryFilter.ts';
import type { EventFilter } from './eventFilter.ts';
import { eventsOf } from './events.ts';
import type { Bounds } from './indexedList.ts';
import type { Scopes } from './scopes.ts';
import { type Read, type Walked, type WalkLimits, walk } from './walk.ts';

/** Lists of the log, by filters. The caller has checked permissions: the scopes are what the reader may see. */
export interface Listing {
  /** The first `count` deliveries between the bounds. @param scopes - null for everything there is */
  deliveries(scopes: Scopes | null, filter: DeliveryFilter, bounds: Bounds, count: number): Promise<Walked>;
  /** The first `count` events between the bounds. @throws ApiError VALIDATION_FAILED for data that no event can contain */
  events(scopes: Scopes | null, filter: EventFilter, bounds: Bounds, count: number): Promise<Walked>;
  /** Those of the deliveries whose events have all of the labels. */
  labelled(ids: readonly string[], labels: readonly Label[]): Promise<ReadonlySet<string>>;
}

const indexed: WalkLimits = { maxMs: 120, firstRows: 500, maxRows: 20_000 };
/** Each event's data is parsed. */
const parsed: WalkLimits = { maxMs: 120, firstRows: 50, maxRows: 5_000 };

/**
 * @param read - runs a statement in the reader's turn
 * @param search - runs what reads the data of events, of which each organization may have little at a time
 */
export function createListing(read: Read, search: <T>(work: () => Promise<T>) => Promise<T>): Listing {
  return {
    async deliveries(scopes, filter, bounds, count) {
      return walk(read, await deliveriesOf(read, scopes, filter), within(bounds, filter), count, indexed);
    },

    async events(scopes, filter, bounds, count) {
      const { dataContains } = filter;
      if (dataContains === undefined) {
        return walk(read, await eventsOf(read, scopes, filter), within(bounds, filter), count, indexed);
      }
      return search(async () => {
        await requireSearchable(read, dataContains);
        return walk(read, await eventsOf(read, scopes, filter), within(bounds, filter), count, parsed);
      });
    },

    async labelled(ids, labels) {
      const rows = await read<{ id: string }>(
        `SELECT d.id FROM delivery d
          WHERE d.id = ANY ($1::uuid[]) AND NOT EXISTS (
            SELECT FROM unnest($2::text[], $3::text[]) AS wanted(key, value)
             WHERE NOT EXISTS (
               SELECT FROM delivery_label l
                WHERE l.organization_id = d.organization_id AND l.key = wanted.key AND l.value = wanted.value
                  AND l.event_type = d.event_type AND l.delivery_id = d.id))`,
        [ids, labels.map(({ key }) => key), labels.map(({ value }) => value)],
      );
      return new Set(rows.map(({ id }) => id));
    },
  };
}

/** Ids contain the time, so a range of time bounds them: a narrow one spares reading the whole list. */
function within(bounds: Bounds, { from, to }: { from?: Date | undefined; to?: Date | undefined }): Bounds {
  const lowest = from && idBefore(from);
  const highest = to && idAfter(to);
  return {
    ...bounds,
    above: lowest !== undefined && (bounds.above === null || bounds.above < lowest) ? lowest : bounds.above,
    below: highest !== undefined && (bounds.below === null || bounds.below > highest) ? highest : bounds.below,
  };
}

/** JSON may hold what PostgreSQL's `jsonb`, which compares it, cannot: U+0000, and numbers beyond its range. */
async function requireSearchable(read: Read, text: string): Promise<void> {
  try {
    await read('SELECT $1::jsonb', [text]);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('22'))) throw error;
    throw invalid('dataContains', 'Data with U+0000 in a text, or with a number of this size, cannot be searched for.');
  }
}
