import type { Webhook } from '@everhook/sdk';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { DeliveryTable, LoadingLog } from '../deliveries/DeliveryTable.tsx';
import logStyles from '../deliveries/deliveries.module.css';
import { filtersOf } from '../deliveries/filters.ts';
import { SelectionBar } from '../deliveries/SelectionBar.tsx';
import { useLiveRows } from '../deliveries/useLiveRows.ts';
import { useReading } from '../deliveries/useReading.ts';
import { useSelection } from '../deliveries/useSelection.ts';
import { Button } from '../design/Button.tsx';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

const pageSize = 100;

/** A webhook's deliveries, live; the log has the filters. */
export function DeliveriesOfWebhook({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const td = useWords('deliveries');
  const scope = useScope();
  const [, navigate] = useLocation();
  const { id: webhookId } = webhook;
  const queryKey = useMemo(() => ['deliveries', 'webhook', webhookId], [webhookId]);
  const filters = useMemo(() => filtersOf(new URLSearchParams({ webhook: webhookId })), [webhookId]);
  const read = useCallback(
    (after?: string, signal?: AbortSignal) =>
      client.deliveries.list({ webhookId, signal }).page({ first: pageSize, after }),
    [client, webhookId],
  );
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // The live feed keeps it fresh.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const readTop = useCallback(() => read(), [read]);
  const scroller = useRef<HTMLDivElement>(null);
  const [selected, select, retain] = useSelection(webhookId);
  const reading = useReading(scroller, list.isSuccess) || selected.size > 0;
  const { rows, waiting, show } = useLiveRows(list, queryKey, filters, reading, readTop);
  const acts = scope.may('DELIVERY_REPLAY');
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;
  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  // It opens over the log of this webhook, and closing it comes back here.
  const open = (id: string) => navigate(scope.path(`deliveries/${id}?webhook=${webhookId}`), { state: { drawer: 1 } });
  return (
    <>
      <p className={styles.aside}>
        <Link href={scope.path(`deliveries?webhook=${webhookId}`)}>{t('page.filterThem')}</Link>
      </p>
      {list.isPending && <LoadingLog />}
      {list.isLoadingError && <Failure error={list.error} retry={retry} />}
      {list.isError && list.data && <Outdated error={list.error} retry={retry} />}
      {list.data && rows.length === 0 && (
        <Card>
          <Empty icon={<ListIcon />} title={t('page.never')}>
            <p>{t('page.neverHint')}</p>
          </Empty>
        </Card>
      )}
      {list.data && rows.length > 0 && (
        <div className={logStyles.log}>
          <DeliveryTable
            scroller={scroller}
            rows={rows}
            acts={acts}
            selected={retain(rows)}
            onSelect={select}
            onOpen={open}
            more={more ? () => void list.fetchNextPage() : null}
          />
          {waiting !== 0 && (
            <Button
              small
              look="primary"
              className={logStyles.fresh}
              onClick={() => {
                show();
                scroller.current?.scrollTo({ top: 0 });
              }}
            >
              {waiting === null ? td('live.many') : td('live.new', { count: waiting })}
            </Button>
          )}
          {acts && (
            <SelectionBar rows={rows} selected={retain(rows)} hasMore={list.hasNextPage} onSelect={select}>
              {null}
            </SelectionBar>
          )}
        </div>
      )}
    </>
  );
}
