import { useState } from 'react';

export type View = 'table' | 'cards';

const key = 'everhook.webhooks.view';
/** With more webhooks than this, a table shows more of them at a glance. */
const mostCards = 12;

function kept(): View | null {
  try {
    const value = localStorage.getItem(key);
    return value === 'table' || value === 'cards' ? value : null;
  } catch {
    // Storage may be denied to a frame.
    return null;
  }
}

/** Remembers the choice for this device. */
export function keepView(view: View): void {
  try {
    localStorage.setItem(key, view);
  } catch {
    // Then the address alone keeps it.
  }
}

/** Cards or table: as the address says, as chosen before, else by how many there were at first. Null: not known yet. */
export function useView(asked: View | null, count: number | undefined): View | null {
  const [before] = useState(kept);
  const [byCount, setByCount] = useState<View | null>(null);
  if (byCount === null && count !== undefined) setByCount(count > mostCards ? 'table' : 'cards');
  return asked ?? before ?? byCount;
}
