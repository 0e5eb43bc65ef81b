import type { DeliveryBucket } from '@everhook/sdk';
import { lazy, Suspense } from 'react';
import { Link, useSearchParams } from 'wouter';
import controls from '../design/controls.module.css';
import { ChartIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Skeleton } from '../design/Surfaces.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { type Span, spans } from '../statistics/spans.ts';
import { useBefore, useStatistics, useUnderWay } from '../statistics/statistics.ts';
import { totalOf } from '../statistics/totalOf.ts';
import { useWords } from '../words/words.ts';
import { Figures } from './Figures.tsx';
import { NeedsSomebody } from './NeedsSomebody.tsx';
import styles from './overview.module.css';
import { useAttention } from './useAttention.ts';

const Charts = lazy(() => import('./Charts.tsx'));

/** What needs somebody, the state of deliveries now, and how it was over time. */
export default function OverviewPage() {
  const scope = useScope();
  const t = useWords('overview');
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('span');
  const span: Span = wanted !== null && wanted in spans ? (wanted as Span) : 'day';
  const attention = useAttention();
  const statistics = useStatistics(span);
  const before = useBefore(span);
  const underWay = useUnderWay();
  const asked = [attention, statistics, underWay];
  const failed = asked.find(({ isLoadingError }) => isLoadingError);
  // All at once: what came later would move what is there.
  const pending = asked.some(({ isPending }) => isPending) || before.isLoading;
  return (
    <>
      <PageHead title={t('common:places.overview')}>
        <select
          className={`${controls.input} ${styles.span}`}
          aria-label={t('time')}
          value={span}
          onChange={(event) =>
            setSearch(
              (now) => {
                now.set('span', event.target.value);
                return now;
              },
              { replace: true },
            )
          }
        >
          {(Object.keys(spans) as Span[]).map((each) => (
            <option key={each} value={each}>
              {t(`spans.${each}`)}
            </option>
          ))}
        </select>
      </PageHead>
      {!failed && pending && <LoadingFigures />}
      {failed && <Failure error={failed.error} retry={() => void failed.refetch()} />}
      {!pending && attention.data && statistics.data && underWay.data && (
        <>
          <NeedsSomebody attention={attention.data} />
          <Figures
            buckets={statistics.data}
            before={before.data}
            underWay={underWay.data}
            span={span}
            failedPath={scope.path('deliveries?status=FAILED')}
          />
          {isEmpty(statistics.data) ? (
            <Card>
              <Empty icon={<ChartIcon />} title={t('empty.title')}>
                <p>{t('empty.text')}</p>
                {scope.may('EVENT_PUBLISH') && <Link href={scope.path('events')}>{t('empty.publish')}</Link>}
              </Empty>
            </Card>
          ) : (
            <Suspense fallback={<LoadingCharts />}>
              <Charts buckets={statistics.data} span={span} />
            </Suspense>
          )}
        </>
      )}
    </>
  );
}

function isEmpty(buckets: readonly DeliveryBucket[]): boolean {
  const { total, isAtLeast } = totalOf(buckets);
  return total === 0 && !isAtLeast;
}

function LoadingFigures() {
  const t = useWords('common');
  return (
    <div role="status">
      <span className="visually-hidden">{t('loading')}</span>
      <div className={styles.attentionWaiting} aria-hidden="true" />
      <ul className={styles.figures} aria-hidden="true">
        {['backlog', 'retries', 'deliveries', 'success', 'time'].map((figure) => (
          <li key={figure}>
            <Skeleton height="8.4rem" />
          </li>
        ))}
      </ul>
      <LoadingCharts />
    </div>
  );
}

function LoadingCharts() {
  return (
    <div className={styles.charts} aria-hidden="true">
      <div className={`${styles.wide} ${styles.waiting}`} />
      <div className={styles.waiting} />
      <div className={styles.waiting} />
    </div>
  );
}
