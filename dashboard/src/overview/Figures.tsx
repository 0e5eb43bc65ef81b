import type { DeliveryBucket, OpenDeliveries } from '@everhook/sdk';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Card } from '../design/Surfaces.tsx';
import { type Span, spans } from '../statistics/spans.ts';
import { totalOf } from '../statistics/totalOf.ts';
import { durationText, secondsOf } from '../time/duration.ts';
import { countText, numberFormat, shareText } from '../words/formats.ts';
import { useWords, wordsOf } from '../words/words.ts';
import { comparison } from './comparison.ts';
import { lowerBound } from './lowerBound.ts';
import styles from './overview.module.css';

interface FiguresProps {
  readonly buckets: readonly DeliveryBucket[];
  /** Deliveries in the same time before; undefined while that is not known, null where it cannot be. */
  readonly before: number | null | undefined;
  readonly underWay: OpenDeliveries;
  readonly span: Span;
  readonly failedPath: string;
}

/** The numbers above the charts: now, and over the time. */
export function Figures({ buckets, before, underWay, span, failedPath }: FiguresProps) {
  const t = useWords('overview');
  const { total, failed, successRate, isAtLeast } = totalOf(buckets);
  const { isAtLeast: isMore } = underWay;
  const latest = buckets.findLast(({ responseTimeP50 }) => responseTimeP50 !== null);
  return (
    <ul className={styles.figures}>
      <Figure
        name={t('figures.backlog')}
        value={lowerBound(underWay.pending + underWay.sending, isMore)}
        note={
          isMore ? t('notAllCounted') : underWay.held > 0 ? t('alsoHeld', { count: underWay.held }) : t('waitingFirst')
        }
      />
      <Figure
        name={t('figures.retries')}
        value={lowerBound(underWay.retrying, isMore)}
        note={t(isMore ? 'notAllCounted' : 'waitingNext')}
      />
      <Figure
        name={t('figures.deliveries')}
        value={lowerBound(total, isAtLeast)}
        note={isAtLeast ? t('notAllCounted') : comparedOrPace(total, before, span)}
      />
      <Figure
        name={t('figures.success')}
        value={successRate === null ? t('common:none') : shareText(successRate)}
        note={failed > 0 ? <Link href={failedPath}>{t('failed', { count: failed })}</Link> : t('noneFailed')}
      />
      <Figure
        name={t('figures.response')}
        value={latest?.responseTimeP50 ? milliseconds(latest.responseTimeP50) : t('common:none')}
        note={latest?.responseTimeP95 ? t('lately', { time: milliseconds(latest.responseTimeP95) }) : t('noAnswer')}
      />
    </ul>
  );
}

function Figure({ name, value, note }: { readonly name: string; readonly value: string; readonly note: ReactNode }) {
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

const comparedOrPace = (total: number, before: number | null | undefined, span: Span): string =>
  before == null ? pace(total / (spans[span].ms / 60_000)) : comparison(total, before, span);

const tenths = numberFormat({ maximumFractionDigits: 1 });

/** Per minute, or per longer unit if that number would be close to zero. */
function pace(perMinute: number): string {
  const t = wordsOf('overview');
  const text = (each: number) => (each < 10 ? tenths().format(each) : countText(Math.round(each)));
  if (perMinute >= 1 || perMinute === 0) return t('pace.minute', { number: text(perMinute) });
  if (perMinute * 60 >= 1) return t('pace.hour', { number: text(perMinute * 60) });
  return t('pace.day', { number: text(perMinute * 1_440) });
}

function milliseconds(duration: string): string {
  const seconds = secondsOf(duration);
  if (seconds === null || seconds >= 10) return durationText(duration);
  return wordsOf('overview')('milliseconds', { time: countText(Math.round(seconds * 1000)) });
}
