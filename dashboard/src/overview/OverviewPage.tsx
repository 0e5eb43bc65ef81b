import type { DeliveryBucket, OpenDeliveries } from '@everhook/sdk';
import { lazy, Suspense } from 'react';
import { Link, useSearchParams } from 'wouter';
import controls from '../design/controls.module.css';
import { ChartIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Skeleton } from '../design/Surfaces.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { type Span, spans, totalOf, useStatistics, useUnderWay } from '../statistics/statistics.ts';
import { durationText, secondsOf } from '../time/duration.ts';
import { percent } from '../webhooks/Sparkline.tsx';
import styles from './overview.module.css';

const Charts = lazy(() => import('./Charts.tsx'));

/** The state of deliveries, now and over time. */
export default function OverviewPage() {
  const scope = useScope();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('span');
  const span: Span = wanted !== null && wanted in spans ? (wanted as Span) : 'day';
  const statistics = useStatistics(span);
  const underWay = useUnderWay();
  const failed = [statistics, underWay].find(({ isError }) => isError);
  return (
    <>
      <PageHead title="Overview">
        <select
          className={`${controls.input} ${styles.span}`}
          aria-label="Time"
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
          {Object.entries(spans).map(([value, { text }]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </PageHead>
      {!failed && (statistics.isPending || underWay.isPending) && <LoadingFigures />}
      {failed && <Failure error={failed.error} retry={() => void failed.refetch()} />}
      {statistics.data && underWay.data && (
        <>
          <Figures
            buckets={statistics.data}
            underWay={underWay.data}
            span={span}
            failedPath={scope.path('deliveries?status=FAILED')}
          />
          {totalOf(statistics.data).total === 0 ? (
            <Card>
              <Empty icon={<ChartIcon />} title="No deliveries yet">
                <p>
                  Nothing was sent in this time. What is published goes to every webhook that subscribed, and shows
                  here.
                </p>
                {scope.may('EVENT_PUBLISH') && <Link href={scope.path('events')}>Publish a test event</Link>}
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

function LoadingFigures() {
  return (
    <div role="status">
      <span className="visually-hidden">Loading…</span>
      <ul className={styles.figures} aria-hidden="true">
        {['deliveries', 'success', 'time', 'backlog', 'retries'].map((figure) => (
          <li key={figure}>
            <Skeleton height="7rem" />
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

interface FiguresProps {
  readonly buckets: readonly DeliveryBucket[];
  readonly underWay: OpenDeliveries;
  readonly span: Span;
  readonly failedPath: string;
}

function Figures({ buckets, underWay, span, failedPath }: FiguresProps) {
  const { total, failed, successRate } = totalOf(buckets);
  const perMinute = total / (spans[span].ms / 60_000);
  const latest = buckets.findLast(({ responseTimeP50 }) => responseTimeP50 !== null);
  return (
    <ul className={styles.figures}>
      <Figure name="Deliveries" value={count(total)} note={pace(perMinute)} />
      <Figure
        name="Success"
        value={successRate === null ? '–' : percent(successRate)}
        note={failed > 0 ? <Link href={failedPath}>{count(failed)} failed for good</Link> : 'None failed for good'}
      />
      <Figure
        name="Response time, p50"
        value={latest?.responseTimeP50 ? milliseconds(latest.responseTimeP50) : '–'}
        note={
          latest?.responseTimeP95 ? `p95 ${milliseconds(latest.responseTimeP95)}, lately` : 'Nothing was answered yet'
        }
      />
      <Figure name="Backlog" value={count(underWay.pending + underWay.sending)} note="waiting for a first attempt" />
      <Figure name="Retries due" value={count(underWay.retrying)} note="waiting for their next attempt" />
    </ul>
  );
}

function Figure({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note: React.ReactNode;
}) {
  return (
    <li>
      <Card className={styles.figure}>
        <h2>{name}</h2>
        <p className={styles.value}>{value}</p>
        <p className="muted">{note}</p>
      </Card>
    </li>
  );
}

/** Per minute, or per longer unit if that number would be close to zero. */
function pace(perMinute: number): string {
  const [each, unit] =
    perMinute >= 1 || perMinute === 0
      ? [perMinute, 'a minute']
      : perMinute * 60 >= 1
        ? [perMinute * 60, 'an hour']
        : [perMinute * 1_440, 'a day'];
  return `${each < 10 ? Number(each.toFixed(1)) : count(Math.round(each))} ${unit}`;
}

const format = new Intl.NumberFormat('en');
const count = (value: number): string => format.format(value);

function milliseconds(duration: string): string {
  const seconds = secondsOf(duration);
  return seconds === null || seconds >= 10 ? durationText(duration) : `${count(Math.round(seconds * 1000))} ms`;
}
