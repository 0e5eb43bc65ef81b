import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useLive } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { DeliveryDrawer } from './DeliveryDrawer.tsx';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { DeliveryTable, LoadingLog } from './DeliveryTable.tsx';
import styles from './deliveries.module.css';
import { countOf, filtersOf, recoveryFilter, sdkFilter } from './filters.ts';
import { RecoverMatching } from './RecoverMatching.tsx';
import { RecoveryStrip } from './RecoveryStrip.tsx';
import { SavedFilters } from './SavedFilters.tsx';
import { SelectionBar } from './SelectionBar.tsx';
import { useLiveRows } from './useLiveRows.ts';
import { useOpened } from './useOpened.ts';
import { useReading } from './useReading.ts';
import { useDefaultFilters } from './useSavedFilters.ts';
import { useSelection } from './useSelection.ts';

const pageSize = 100;
/** Beyond this a filter or a time finds what scrolling does not. */
const maxLoaded = 20_000;

export default function DeliveriesPage() {
  const { client } = useSession();
  const { filter: scope, may } = useScope();
  const t = useWords('deliveries');
  const feed = useLive();
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const listed = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const of = JSON.stringify(listed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same filters are the same list, whatever object holds them.
  const queryKey = useMemo(() => ['deliveries', listed], [of]);
  const opened = useOpened();
  useDefaultFilters(opened.id === null);

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
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  const readTop = useCallback(() => client.deliveries.list(listed).page({ first: pageSize }), [client, of]);

  const scroller = useRef<HTMLDivElement>(null);
  const [selected, select, retain] = useSelection(of);
  const isRead = useReading(scroller, list.isSuccess);
  const reading = isRead || selected.size > 0 || opened.id !== null;
  const { rows, waiting, show } = useLiveRows(list, queryKey, filters, reading, readTop);
  const chosen = retain(rows);

  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  const last = list.data?.pages.at(-1);
  const loaded = useMemo(() => list.data?.pages.reduce((sum, { items }) => sum + items.length, 0) ?? 0, [list.data]);
  // A failed request is retried by a click, not by every change that comes in.
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError && loaded < maxLoaded;
  const acts = may('DELIVERY_REPLAY');
  const recoverable = acts ? recoveryFilter(filters) : null;
  const showNew = () => {
    show();
    scroller.current?.scrollTo({ top: 0 });
    // The button goes away with what it has shown.
    scroller.current?.focus({ preventScroll: true });
  };

  return (
    <div className={styles.page}>
      <PageHead title={t('title')}>
        <div className={styles.actions}>
          {recoverable && <RecoverMatching filter={recoverable} />}
          <SavedFilters />
        </div>
      </PageHead>
      <DeliveryFilters filters={filters} />
      <RecoveryStrip />
      {list.isPending && <LoadingLog />}
      {list.isLoadingError && <Failure error={list.error} retry={retry} />}
      {list.isError && list.data && <Outdated error={list.error} retry={retry} />}
      {feed === 'lost' && <Notice tone="warn">{t('live.lost')}</Notice>}
      {list.data && rows.length === 0 && (
        <Card>
          {list.hasNextPage ? (
            <Empty icon={<ListIcon />} title={t('empty.sofar')}>
              {last?.searchedUntil && <p>{t('empty.searched', { time: exactTime(last.searchedUntil) })}</p>}
              <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('empty.further')}
              </Button>
            </Empty>
          ) : (
            <Empty icon={<ListIcon />} title={t('empty.title')}>
              <p>{countOf(filters) > 0 ? t('empty.filtered') : t('empty.none')}</p>
            </Empty>
          )}
        </Card>
      )}
      {list.data && rows.length > 0 && (
        <div className={styles.log} data-log="">
          <DeliveryTable
            scroller={scroller}
            rows={rows}
            acts={acts}
            selected={chosen}
            onSelect={select}
            onOpen={opened.open}
            more={more ? () => void list.fetchNextPage() : null}
          />
          {waiting !== 0 && (
            <Button small look="primary" className={styles.fresh} onClick={showNew}>
              {waiting === null ? t('live.many') : t('live.new', { count: waiting })}
            </Button>
          )}
          {loaded >= maxLoaded && list.hasNextPage && <p className={styles.limit}>{t('table.limit')}</p>}
          {acts && (
            <SelectionBar rows={rows} selected={chosen} hasMore={list.hasNextPage} onSelect={select}>
              {recoverable && <RecoverMatching filter={recoverable} />}
            </SelectionBar>
          )}
        </div>
      )}
      {opened.id && <DeliveryDrawer id={opened.id} onOpen={opened.open} onClose={opened.close} />}
    </div>
  );
}
