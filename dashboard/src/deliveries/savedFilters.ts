import { parseJson } from '@everhook/sdk/json';
import { filterText } from './filters.ts';

/** Filters that somebody named. The text is that of the address. */
export interface SavedFilter {
  readonly name: string;
  readonly text: string;
  /** Applied when the page is opened without filters. */
  readonly isDefault: boolean;
}

export const maxSaved = 50;
export const maxName = 80;

const none: readonly SavedFilter[] = [];

/** What the storage holds may be of another version, or of another program. */
export function savedOf(text: string | null): readonly SavedFilter[] {
  try {
    const value: unknown = parseJson(text ?? '[]');
    if (!Array.isArray(value)) return none;
    return value
      .filter(
        (each): each is SavedFilter =>
          typeof each?.name === 'string' && typeof each.text === 'string' && typeof each.isDefault === 'boolean',
      )
      .slice(0, maxSaved)
      .map((each) => ({ ...each, text: filterText(new URLSearchParams(each.text)) }));
  } catch {
    return none;
  }
}

/** Names are unique: saving under a known name replaces it. One is the default at most. */
export function put(filters: readonly SavedFilter[], saved: SavedFilter, before = saved.name): readonly SavedFilter[] {
  const others = filters
    .filter(({ name }) => name !== saved.name && name !== before)
    .map((each) => (saved.isDefault && each.isDefault ? { ...each, isDefault: false } : each));
  return [...others, saved].sort((a, b) => a.name.localeCompare(b.name));
}
