import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { ListIcon } from '../design/icons.tsx';
import { Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { DeliveryDrawer } from './DeliveryDrawer.tsx';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { DeliveryList, pageSize } from './DeliveryList.tsx';
import styles from './deliveries.module.css';
import { countOf, filtersOf, recoveryFilter, sdkFilter } from './filters.ts';
import { RecoverMatching } from './RecoverMatching.tsx';
import { RecoveryStrip } from './RecoveryStrip.tsx';
import { SavedFilters } from './SavedFilters.tsx';
import { useOpened } from './useOpened.ts';
import { useDefaultFilters } from './useSavedFilters.ts';

export default function DeliveriesPage() {
  const { client } = useSession();
  const { filter: scope, may } = useScope();
  const t = useWords('deliveries');
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const listed = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const of = JSON.stringify(listed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same filters are the same list, whatever object holds them.
  const queryKey = useMemo(() => ['deliveries', listed], [of]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  const read = useCallback(
    (after?: string, signal?: AbortSignal) =>
      client.deliveries.list({ ...listed, signal }).page({ first: pageSize, after }),
    [client, of],
  );
  const opened = useOpened();
  useDefaultFilters(opened.id === null);
  const recoverable = may('DELIVERY_REPLAY') ? recoveryFilter(filters) : null;

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
      <DeliveryList
        queryKey={queryKey}
        filters={filters}
        read={read}
        isHeld={opened.id !== null}
        onOpen={opened.open}
        empty={
          <Empty icon={<ListIcon />} title={t('empty.title')}>
            <p>{countOf(filters) > 0 ? t('empty.filtered') : t('empty.none')}</p>
          </Empty>
        }
      >
        {recoverable && <RecoverMatching filter={recoverable} />}
      </DeliveryList>
      {opened.id && <DeliveryDrawer id={opened.id} onOpen={opened.open} onClose={opened.close} />}
    </div>
  );
}
