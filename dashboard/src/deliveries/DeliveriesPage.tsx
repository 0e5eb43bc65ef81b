import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { DeliveryDrawer } from './DeliveryDrawer.tsx';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { DeliveryTable, LoadingTable } from './DeliveryTable.tsx';
import styles from './deliveries.module.css';
import { filtersOf, sdkFilter } from './filters.ts';
import { ReplaySelection } from './ReplaySelection.tsx';
import { useLiveRows } from './useLiveRows.ts';
import { useSelection } from './useSelection.ts';

const pageSize = 100;

export default function DeliveriesPage() {
  const { client } = useSession();
  const { filter: scope, may } = useScope();
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const listed = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const queryKey = useMemo(() => ['deliveries', listed], [listed]);

  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      client.deliveries.list({ ...listed, signal }).page({ first: pageSize, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // The live feed keeps it fresh; refetching all pages on every focus would only cost.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

  const rows = useLiveRows(list, queryKey, filters);
  const [selected, setSelected] = useSelection(JSON.stringify(listed), rows);
  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  const open = (id: string | null) =>
    setSearch((now) => {
      if (id === null) now.delete('delivery');
      else now.set('delivery', id);
      return now;
    });
  const opened = search.get('delivery');
  // A failed request is retried by a click, not by every change that comes in.
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;

  return (
    <div className={styles.page}>
      <PageHead title="Deliveries">
        {may('DELIVERY_REPLAY') && <ReplaySelection selected={selected} onSelect={setSelected} />}
      </PageHead>
      <DeliveryFilters filters={filters} />
      {list.isPending && <LoadingTable />}
      {list.isLoadingError && <Failure error={list.error} retry={retry} />}
      {list.isError && list.data && <Outdated error={list.error} retry={retry} />}
      {list.data &&
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
            more={more ? () => void list.fetchNextPage() : null}
          />
        ))}
      {opened && <DeliveryDrawer id={opened} onOpen={open} onClose={() => open(null)} />}
    </div>
  );
}
