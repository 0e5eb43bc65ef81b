import type { Webhook } from '@everhook/sdk';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'wouter';
import { DeliveryDrawer } from '../deliveries/DeliveryDrawer.tsx';
import { DeliveryTable, LoadingTable } from '../deliveries/DeliveryTable.tsx';
import { filtersOf } from '../deliveries/filters.ts';
import { useLiveRows } from '../deliveries/useLiveRows.ts';
import { ListIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';

const pageSize = 100;
const nothing: ReadonlySet<string> = new Set();

/** A webhook's deliveries, live; the log has the filters. */
export function DeliveriesOfWebhook({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const scope = useScope();
  const [search, setSearch] = useSearchParams();
  const { id: webhookId } = webhook;
  const queryKey = useMemo(() => ['deliveries', 'webhook', webhookId], [webhookId]);
  const filters = useMemo(() => filtersOf(new URLSearchParams({ webhook: webhookId })), [webhookId]);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      client.deliveries.list({ webhookId, signal }).page({ first: pageSize, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // The live feed keeps it fresh.
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
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;
  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  return (
    <>
      <p>
        <Link href={scope.path(`deliveries?webhook=${webhookId}`)}>{t('page.filterThem')}</Link>
      </p>
      {list.isPending && <LoadingTable />}
      {list.isLoadingError && <Failure error={list.error} retry={retry} />}
      {list.isError && list.data && <Outdated error={list.error} retry={retry} />}
      {list.data &&
        (rows.length === 0 ? (
          <Card>
            <Empty icon={<ListIcon />} title={t('page.never')}>
              <p>{t('page.neverHint')}</p>
            </Empty>
          </Card>
        ) : (
          <DeliveryTable
            rows={rows}
            selectable={false}
            selected={nothing}
            onSelect={() => {}}
            onOpen={open}
            more={more ? () => void list.fetchNextPage() : null}
          />
        ))}
      {opened && <DeliveryDrawer id={opened} onOpen={open} onClose={() => open(null)} />}
    </>
  );
}
