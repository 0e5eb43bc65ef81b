import type { Delivery } from '@everhook/sdk';
import { useMemo, useState } from 'react';

type Ids = ReadonlySet<string>;

const none: Ids = new Set();

/**
 * What is selected, which is never more than what is seen: another list begins with nothing selected, and a row that leaves the
 * list is selected no more.
 *
 * @param of - which list the rows are of
 */
export function useSelection(of: string, rows: readonly Delivery[]): readonly [Ids, (ids: Ids) => void] {
  const [selection, setSelection] = useState<{ readonly of: string; readonly ids: Ids }>({ of, ids: none });
  const selected = useMemo(() => {
    if (selection.of !== of || selection.ids.size === 0) return none;
    return new Set(rows.flatMap(({ id }) => (selection.ids.has(id) ? [id] : [])));
  }, [selection, of, rows]);
  return [selected, (ids) => setSelection({ of, ids })];
}
