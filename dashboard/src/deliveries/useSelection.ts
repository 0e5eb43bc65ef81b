import type { Delivery } from '@everhook/sdk';
import { useMemo, useState } from 'react';

type Ids = ReadonlySet<string>;

const none: Ids = new Set();

/**
 * The selected rows, never more than the visible ones: another list starts with nothing selected, and a row that leaves
 * the list is deselected.
 *
 * @param of - identifies the list of the rows
 */
export function useSelection(of: string, rows: readonly Delivery[]): readonly [Ids, (ids: Ids) => void] {
  const [selection, setSelection] = useState<{ readonly of: string; readonly ids: Ids }>({ of, ids: none });
  const selected = useMemo(() => {
    if (selection.of !== of || selection.ids.size === 0) return none;
    return new Set(rows.flatMap(({ id }) => (selection.ids.has(id) ? [id] : [])));
  }, [selection, of, rows]);
  return [selected, (ids) => setSelection({ of, ids })];
}
