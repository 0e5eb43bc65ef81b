import { useMemo } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Button, buttonClass } from '../design/Button.tsx';
import { SendIcon, SparkIcon, UpIcon } from '../design/icons.tsx';
import { Card, Empty, Failure } from '../design/Surfaces.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { exactTime } from '../time/Time.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { EventFilters } from './EventFilters.tsx';
import { EventTable, LoadingLog } from './EventTable.tsx';
import styles from './events.module.css';
import { countOf, filtersOf } from './filters.ts';
import { PublishPage } from './PublishPage.tsx';
import { useEventLog } from './useEventLog.ts';

/** The log of events. Who may not read it but may publish, publishes here. */
export default function EventsPage() {
  const { may } = useScope();
  return may('WEBHOOK_READ') ? <EventLog /> : <PublishPage />;
}

function EventLog() {
  const t = useWords('events');
  const { may, path } = useScope();
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const { list, rows, newer, moreNewer, showNewer } = useEventLog(filters);
  const publishes = may('EVENT_PUBLISH');
  const retry = () => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch());
  const searchedUntil = list.hasNextPage ? list.data?.pages.at(-1)?.searchedUntil : null;
  // A search that took too long goes on by a click alone; so does a request that failed.
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError && !searchedUntil;
  const goOn = searchedUntil && (
    <p className={styles.bounded}>
      <span role="status">{t('log.searchedUntil', { time: exactTime(searchedUntil) })}</span>
      <Button small disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {t('log.goOn')}
      </Button>
    </p>
  );
  const publish = publishes && (
    <Link className={buttonClass({ look: 'primary' })} href={path('events/publish')}>
      <SendIcon /> {t('publish.title')}
    </Link>
  );

  return (
    <div className={styles.page}>
      <PageHead title={t('title')}>{publish}</PageHead>
      <EventFilters filters={filters} />
      {/* It keeps its place, so that nothing moves when something comes. */}
      <div className={styles.news} role="status">
        {newer > 0 && (
          <Button small look="primary" onClick={showNewer}>
            <UpIcon /> {moreNewer ? t('log.manyNewer', { text: countText(newer) }) : t('log.newer', { count: newer })}
          </Button>
        )}
      </div>
      {list.isPending && <LoadingLog />}
      {list.isLoadingError && <Failure error={list.error} retry={retry} />}
      {list.isError && list.data && <Outdated error={list.error} retry={retry} />}
      {list.data &&
        (rows.length === 0 ? (
          <Card>
            {countOf(filters) > 0 ? (
              <Empty icon={<SparkIcon />} title={t('log.nothingFits')}>
                {goOn ?? <p>{t('log.nothingFitsText')}</p>}
              </Empty>
            ) : (
              <Empty icon={<SparkIcon />} title={t('log.empty')}>
                <p>{t('log.emptyText')}</p>
                {publish}
              </Empty>
            )}
          </Card>
        ) : (
          <EventTable rows={rows} more={more ? () => void list.fetchNextPage() : null} end={goOn} />
        ))}
    </div>
  );
}
