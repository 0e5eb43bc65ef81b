import type { Delivery, Page } from '@everhook/sdk';
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { DeliveryDrawer } from './DeliveryDrawer.tsx';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { DeliveryTable, LoadingTable } from './DeliveryTable.tsx';
import styles from './deliveries.module.css';
import { filtersOf, sdkFilter } from './filters.ts';
import { merged, rowsOf } from './merge.ts';
import { ReplaySelection } from './ReplaySelection.tsx';

/** Beyond this many rows the list begins anew at its top, so that a page that is open for days stays light. */
const mostRows = 10_000;
const pageSize = 100;

interface Selection {
  readonly of: string;
  readonly ids: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

type Pages = InfiniteData<Page<Delivery>, string | undefined>;

export function DeliveriesPage() {
  const { client } = useSession();
  const { filter: scope, may } = useScope();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const listed = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const queryKey = ['deliveries', listed];
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

  useDeliveryUpdates((updates) => {
    queries.setQueryData<Pages>(queryKey, (data) => data && { ...data, pages: merged(data.pages, updates, filters) });
    const { pages } = queries.getQueryData<Pages>(queryKey) ?? { pages: [] };
    // A list that is being read for the first time may be older than this: it is read anew.
    if (pages.length === 0) void queries.invalidateQueries({ queryKey });
    if (pages.reduce((count, { items }) => count + items.length, 0) > mostRows) void queries.resetQueries({ queryKey });
  });

  const rows = useMemo(() => rowsOf(list.data?.pages ?? []), [list.data]);
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
