import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useSearchParams } from 'wouter';
import { useScope } from '../shell/scope.tsx';
import { filterText, withFilters } from './filters.ts';
import { type SavedFilter, savedOf } from './savedFilters.ts';

const keyOf = (organizationId: string): string => `everhook.deliveries.filters.${organizationId}`;
const none: readonly SavedFilter[] = [];

/**
 * Saved filters belong to a person and a device: they are kept in the browser, and shared by sending the address. Where a frame may
 * not keep anything they last as long as the page.
 */
class Store {
  readonly #kept = new Map<string, readonly SavedFilter[]>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    const heard = ({ key }: StorageEvent) => {
      // Another tab has changed them.
      if (key === null) this.#kept.clear();
      else this.#kept.delete(key);
      listener();
    };
    this.#listeners.add(listener);
    window.addEventListener('storage', heard);
    return () => {
      this.#listeners.delete(listener);
      window.removeEventListener('storage', heard);
    };
  };

  get(key: string): readonly SavedFilter[] {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    let read = none;
    try {
      read = savedOf(localStorage.getItem(key));
    } catch {
      // Storage may be denied to a frame.
    }
    this.#kept.set(key, read);
    return read;
  }

  set(key: string, filters: readonly SavedFilter[]): void {
    this.#kept.set(key, filters);
    try {
      localStorage.setItem(key, JSON.stringify(filters));
    } catch {
      // Then they last as long as the page.
    }
    for (const listener of this.#listeners) listener();
  }
}

const store = new Store();

export function useSavedFilters(): readonly [readonly SavedFilter[], (filters: readonly SavedFilter[]) => void] {
  const { organization } = useScope();
  const key = keyOf(organization.id);
  const saved = useSyncExternalStore(store.subscribe, () => store.get(key));
  return [saved, (filters) => store.set(key, filters)];
}

/** Applies the default where the page was opened without filters: an address that has some is the truth. */
export function useDefaultFilters(isList: boolean): void {
  const [saved] = useSavedFilters();
  const [search, setSearch] = useSearchParams();
  const looked = useRef(false);
  useEffect(() => {
    if (looked.current) return;
    looked.current = true;
    const standard = saved.find(({ isDefault }) => isDefault);
    if (!standard || !isList || filterText(search) !== '') return;
    setSearch((now) => withFilters(now, standard.text), { replace: true });
  }, [saved, search, setSearch, isList]);
}
