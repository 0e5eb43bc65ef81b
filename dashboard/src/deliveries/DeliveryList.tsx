import type { Delivery, Page } from '@everhook/sdk';
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo, useRef } from 'react';
import { Button } from '../design/Button.tsx';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Notice } from '../design/Surfaces.tsx';
import { useLive } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { useScope } from '../shell/scope.tsx';
import { exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { DeliveryTable, LoadingLog } from './DeliveryTable.tsx';
import styles from './deliveries.module.css';
import type { Filters } from './filters.ts';
import { SelectionBar } from './SelectionBar.tsx';
import { useLiveRows } from './useLiveRows.ts';
import { useReading } from './useReading.ts';
import { useSelection } from './useSelection.ts';

export const pageSize = 100;
/** Beyond this a filter or a time finds what scrolling does not. */
const maxLoaded = 20_000;

interface ListProps {
  /** The same object for the same list. */
  readonly queryKey: QueryKey;
  /** Which changes of the live feed belong to it. */
  readonly filters: Filters;
  /** Reads the page after a cursor, or the first one. The same function for the same list. */
  read(after?: string, signal?: AbortSignal): Promise<Page<Delivery>>;
  /** Whether rows must not move, whatever is done in the list. */
  readonly isHeld?: boolean;
  onOpen(id: string): void;
  /** Shown where there is none. */
  readonly empty: ReactNode;
  /** Offered beside what can be done with the selected ones. */
  readonly children?: ReactNode;
}

/** Deliveries by pages, live: what comes in waits while somebody reads, and several can be acted on. */
export function DeliveryList({ queryKey, filters, read, isHeld = false, onOpen, empty, children }: ListProps) {
  const { may } = useScope();
  const t = useWords('deliveries');
  const feed = useLive();
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // The live feed keeps it fresh; refetching all pages on every focus would only cost.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const readTop = useCallback(() => read(), [read]);
  const scroller = useRef<HTMLDivElement>(null);
  const [selected, select, retain] = useSelection(JSON.stringify(queryKey));
  const [isRead, follow] = useReading();
  const { rows, waiting, show } = useLiveRows(list, queryKey, filters, isRead || isHeld || selected.size > 0, readTop);
  const chosen = retain(rows);
  // What is no row any more would hold the others, and nothing would show it.
  if (chosen.size < selected.size) select(chosen);

  // Also while all of it is read again: held rows stay.
  const isShown = rows.length > 0;
  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  const last = list.data?.pages.at(-1);
  const loaded = useMemo(() => list.data?.pages.reduce((sum, { items }) => sum + items.length, 0) ?? 0, [list.data]);
  // A failed request is retried by a click, not by every change that comes in.
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError && loaded < maxLoaded;
  const acts = may('DELIVERY_REPLAY');
  const showNew = () => {
    show();
    scroller.current?.scrollTo({ top: 0 });
    // The button goes away with what it has shown.
    scroller.current?.focus({ preventScroll: true });
  };

  return (
    <>
      {list.isPending && !isShown && <LoadingLog />}
      {list.isLoadingError && !isShown && <Failure error={list.error} retry={retry} />}
      {list.isError && (list.data || isShown) && <Outdated error={list.error} retry={retry} />}
      {feed === 'lost' && <Notice tone="warn">{t('live.lost')}</Notice>}
      {list.data && !isShown && (
        <Card>
          {list.hasNextPage ? (
            <Empty icon={<ListIcon />} title={t('empty.sofar')}>
              {last?.searchedUntil && <p>{t('empty.searched', { time: exactTime(last.searchedUntil) })}</p>}
              <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('empty.further')}
              </Button>
            </Empty>
          ) : (
            empty
          )}
        </Card>
      )}
      {isShown && (
        <div className={styles.log} data-log="">
          <DeliveryTable
            scroller={scroller}
            onScroller={follow}
            rows={rows}
            acts={acts}
            selected={chosen}
            onSelect={select}
            onOpen={onOpen}
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
              {children}
            </SelectionBar>
          )}
        </div>
      )}
    </>
  );
}
