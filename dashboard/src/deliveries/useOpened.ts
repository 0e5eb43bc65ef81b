import { useLocation, useRoute, useSearchParams } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { useScope } from '../shell/scope.tsx';

interface Opened {
  /** The delivery that the address names. */
  readonly id: string | null;
  open(id: string): void;
  close(): void;
  /** The address of a delivery, with the filters of the list behind it. */
  path(id: string): string;
}

/** Entries of the history that the drawer has made: closing it goes back by so many. */
interface DrawerState {
  readonly drawer?: number;
}

/**
 * The open delivery is a part of the path, so that it can be linked: `/o/…/deliveries/<id>`. Back closes it, and closing it leaves
 * no entry behind that Back would open again.
 */
export function useOpened(): Opened {
  const { organization, path: pathOf } = useScope();
  const [, navigate] = useLocation();
  const [search] = useSearchParams();
  const [, params] = useRoute('/o/:organizationId/deliveries/:id');
  const depth = (useHistoryState<DrawerState | null>()?.drawer ?? 0) as number;
  const withSearch = (page: string) => {
    const kept = new URLSearchParams(search);
    kept.delete('delivery');
    const [path] = pathOf(page).split('?');
    return `${path}${kept.size > 0 ? `?${kept}` : ''}`;
  };
  const path = (id: string) => withSearch(`deliveries/${id}`);
  const here = params?.organizationId === organization.id ? params.id : undefined;
  return {
    id: here ?? search.get('delivery'),
    path,
    open: (id) => navigate(path(id), { state: { drawer: depth + 1 } satisfies DrawerState }),
    close: () => {
      if (depth > 0) window.history.go(-depth);
      else navigate(withSearch('deliveries'), { replace: true });
    },
  };
}
