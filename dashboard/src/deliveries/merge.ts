import type { Delivery, Page } from '@everhook/sdk';
import { type Filters, fits } from './filters.ts';

/** The newest state of each. */
export function newest(updates: Iterable<Delivery>): ReadonlyMap<string, Delivery> {
  const latest = new Map<string, Delivery>();
  for (const update of updates) {
    const known = latest.get(update.id);
    if (!known || known.version < update.version) latest.set(update.id, update);
  }
  return latest;
}

/**
 * Merges changes into a list: known rows change in place or are removed, new ones go to the first page. Rows older than
 * all that was loaded come with their page.
 */
export function merged(
  pages: readonly Page<Delivery>[],
  changes: ReadonlyMap<string, Delivery>,
  filters: Filters,
): Page<Delivery>[] {
  const latest = new Map(changes);
  const next = pages.map(({ items, pageInfo }) => ({
    pageInfo,
    items: items.flatMap((item) => {
      const update = latest.get(item.id);
      if (!update) return [item];
      latest.delete(item.id);
      if (update.version <= item.version) return [item];
      return fits(update, filters) ? [update] : [];
    }),
  }));
  const fresh = [...latest.values()].filter((update) => fits(update, filters));
  const last = next.at(-1);
  const [first] = next;
  if (fresh.length === 0 || !first || !last) return next;
  const oldest = last.pageInfo.hasNextPage ? last.items.at(-1)?.id : undefined;
  const items = [...first.items, ...fresh.filter(({ id }) => oldest === undefined || id > oldest)];
  first.items = items;
  return next;
}

/** Rows in display order: the newest first, by their ids, which grow with time. */
export const rowsOf = (pages: readonly Page<Delivery>[]): Delivery[] =>
  pages.flatMap(({ items }) => items).sort((a, b) => (a.id < b.id ? 1 : -1));
