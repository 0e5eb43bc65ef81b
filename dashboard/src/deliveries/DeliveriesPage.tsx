import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { DeliveryDrawer } from './DeliveryDrawer.tsx';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { DeliveryTable, LoadingTable } from './DeliveryTable.tsx';
import styles from './deliveries.module.css';
import { filtersOf, sdkFilter } from './filters.ts';
import { ReplaySelection } from './ReplaySelection.tsx';
import { useLiveRows } from './useLiveRows.ts';

const pageSize = 100;

interface Selection {
  readonly of: string;
  readonly ids: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export function DeliveriesPage() {
  const { client } = useSession();
  const { filter: scope, may } = useScope();
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const listed = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const queryKey = useMemo(() => ['deliveries', listed], [listed]);
  // What is selected is what is seen: other filters begin with nothing selected.
  const of = JSON.stringify(listed);
  const [selection, setSelection] = useState<Selection>({ of, ids: none });
  const selected = selection.of === of ? selection.ids : none;
  const setSelected = (ids: ReadonlySet<string>) => setSelection({ of, ids });

  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      client.deliveries.list({ ...listed, signal }).page({ first: pageSize, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // The live feed keeps it fresh; reading all pages again on every focus would not.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

  const rows = useLiveRows(list, queryKey, filters);
  const open = (id: string | null) =>
    setSearch((now) => {
      if (id === null) now.delete('delivery');
      else now.set('delivery', id);
      return now;
    });
  const opened = search.get('delivery');

  return (
    <div className={styles.page}>
      <PageHead title="Deliveries">
        {may('DELIVERY_REPLAY') && <ReplaySelection selected={selected} onSelect={setSelected} />}
      </PageHead>
      <DeliveryFilters filters={filters} />
      {list.isPending && <LoadingTable />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess &&
        (rows.length === 0 ? (
          <Card>
            <Empty icon={<ListIcon />} title="No deliveries">
              <p>Nothing fits these filters yet. What comes appears here by itself.</p>
            </Empty>
          </Card>
        ) : (
          <DeliveryTable
            rows={rows}
            selectable={may('DELIVERY_REPLAY')}
            selected={selected}
            onSelect={setSelected}
            onOpen={open}
            more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : null}
          />
        ))}
      {opened && <DeliveryDrawer id={opened} onOpen={open} onClose={() => open(null)} />}
    </div>
  );
}
