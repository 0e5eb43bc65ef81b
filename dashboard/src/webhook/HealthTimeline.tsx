import type { Webhook } from '@everhook/sdk';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Badge, Card, Failure, Skeleton, type Tone } from '../design/Surfaces.tsx';
import { Ago, exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { stretchesOf } from './timeline.ts';
import { useHealthHistory } from './useHealthHistory.ts';
import styles from './webhook.module.css';

const tones: Readonly<Record<Webhook['health'], Tone>> = { HEALTHY: 'good', DEGRADED: 'warn', DISABLED: 'bad' };
const words = { HEALTHY: 'healthy', DEGRADED: 'degraded', DISABLED: 'disabled' } as const;
const mostListed = 5;

/** How a webhook's health went over the last 30 days: as a band, and in words. */
export function HealthTimeline({ webhook, now }: { readonly webhook: Webhook; readonly now: number }) {
  const t = useWords('webhooks');
  const history = useHealthHistory(webhook.id);
  const [all, setAll] = useState(false);
  const { data } = history;
  if (history.isLoadingError) return <Failure error={history.error} retry={() => void history.refetch()} />;
  const stretches = data
    ? stretchesOf({
        health: webhook.health,
        createdAt: webhook.createdAt,
        ...data,
        now: Math.max(now, history.dataUpdatedAt),
      })
    : [];
  const begin = stretches[0]?.from ?? 0;
  const whole = Math.max(1, (stretches.at(-1)?.to ?? 1) - begin);
  const listed = data?.changes.slice(0, all ? undefined : mostListed) ?? [];
  return (
    <Card className={styles.timeline} aria-label={t('health.title')}>
      <h2>{t('health.title')}</h2>
      {data ? (
        <svg viewBox="0 0 1000 16" preserveAspectRatio="none" className={styles.band} aria-hidden="true">
          {stretches.map(({ health, from, to, reason }) => (
            <rect
              key={from}
              x={((from - begin) / whole) * 1000}
              width={Math.max(2, ((to - from) / whole) * 1000)}
              height="16"
              data-health={health}
            >
              <title>
                {t('health.stretch', {
                  state: t(`standing.${words[health]}`),
                  from: exactTime(new Date(from).toISOString()),
                  to: exactTime(new Date(to).toISOString()),
                })}
                {reason && ` ${reason}`}
              </title>
            </rect>
          ))}
        </svg>
      ) : (
        <Skeleton height="1rem" />
      )}
      {data && (
        <div className={styles.ends}>
          <time>{exactTime(new Date(begin).toISOString())}</time>
          <span>{t('health.now')}</span>
        </div>
      )}
      {data?.changes.length === 0 && <p className="muted">{t('health.never')}</p>}
      {listed.length > 0 && (
        <ol className={styles.changes}>
          {listed.map(({ id, to, at, reason }) => (
            <li key={id}>
              <Badge tone={tones[to]}>{t(`standing.${words[to]}`)}</Badge>
              <span>{reason ?? t('health.well')}</span>
              <Ago time={at} />
            </li>
          ))}
        </ol>
      )}
      {!all && (data?.changes.length ?? 0) > mostListed && (
        <Button small onClick={() => setAll(true)}>
          {t('health.all')}
        </Button>
      )}
    </Card>
  );
}
