import type { Webhook } from '@everhook/sdk';
import { useCallback, useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { DeliveryList, pageSize } from '../deliveries/DeliveryList.tsx';
import { filtersOf } from '../deliveries/filters.ts';
import { ListIcon } from '../design/icons.tsx';
import { Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

/** A webhook's deliveries, live; the log has the filters. */
export function DeliveriesOfWebhook({ webhook }: { readonly webhook: Webhook }) {
  const { client } = useSession();
  const t = useWords('webhooks');
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
  // It opens over the log of this webhook, and closing it comes back here.
  const open = (id: string) => navigate(scope.path(`deliveries/${id}?webhook=${webhookId}`), { state: { drawer: 1 } });
  return (
    <>
      <p className={styles.aside}>
        <Link href={scope.path(`deliveries?webhook=${webhookId}`)}>{t('page.filterThem')}</Link>
      </p>
      <DeliveryList
        queryKey={queryKey}
        filters={filters}
        read={read}
        onOpen={open}
        empty={
          <Empty icon={<ListIcon />} title={t('page.never')}>
            <p>{t('page.neverHint')}</p>
          </Empty>
        }
      />
    </>
  );
}
