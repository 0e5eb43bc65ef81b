import type { Delivery } from '@everhook/sdk';
import { useCallback, useMemo, useState } from 'react';

type Ids = ReadonlySet<string>;

const none: Ids = new Set();

/**
 * The selected rows, never more than the visible ones: another list starts with nothing selected, and a row that leaves
 * the list is deselected.
 *
 * @param of - identifies the list of the rows
 * @returns the ids, a function that sets them, and one that leaves out those that are no row any more
 */
export function useSelection(of: string): readonly [Ids, (ids: Ids) => void, (rows: readonly Delivery[]) => Ids] {
  const [selection, setSelection] = useState<{ readonly of: string; readonly ids: Ids }>({ of, ids: none });
  const ids = selection.of === of ? selection.ids : none;
  const set = useCallback((next: Ids) => setSelection({ of, ids: next }), [of]);
  const retain = useCallback(
    (rows: readonly Delivery[]): Ids => {
      if (ids.size === 0) return none;
      const kept = rows.flatMap(({ id }) => (ids.has(id) ? [id] : []));
      return kept.length === ids.size ? ids : new Set(kept);
    },
    [ids],
  );
  return useMemo(() => [ids, set, retain], [ids, set, retain]);
}
