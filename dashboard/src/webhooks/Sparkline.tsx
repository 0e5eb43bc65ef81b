import type { WebhookActivity } from '@everhook/sdk';
import { exactTime } from '../time/Time.tsx';
import { countText, shareText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { barsOf, successOf } from './success.ts';
import styles from './webhooks.module.css';

const width = 120;
const height = 28;

interface SparklineProps {
  /** Absent while it is read. */
  readonly activity: WebhookActivity | null | undefined;
}

/** The deliveries of a webhook over the last 24 hours: each hour as high as what ended in it, red in the part that failed. */
export function Sparkline({ activity }: SparklineProps) {
  const t = useWords('webhooks');
  const hours = activity?.lastHours ?? [];
  const bars = barsOf(hours);
  const bar = width / Math.max(bars.length, 1);
  return (
    <svg role="img" aria-label={useSuccessText(activity)} viewBox={`0 0 ${width} ${height}`} className={styles.bars}>
      {bars.map(({ from, height: part, failed, isEmpty }, index) => {
        const place = { x: index * bar + 0.75, width: Math.max(bar - 1.5, 1) };
        const tall = isEmpty ? 2 : part * height;
        const { delivered = 0, failed: bad = 0 } = hours[index] ?? {};
        return (
          <g key={from}>
            <title>
              {t('success.hour', { from: exactTime(from), delivered: countText(delivered), failed: countText(bad) })}
            </title>
            <rect {...place} y={height - tall} height={tall} rx="1" className={isEmpty ? styles.none : styles.full} />
            {failed > 0 && (
              <rect {...place} y={height - failed * height} height={failed * height} className={styles.some} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** The success of the last 24 hours in words. */
export function useSuccessText(activity: WebhookActivity | null | undefined): string {
  const t = useWords('webhooks');
  if (!activity) return t('success.reading');
  const { share } = successOf(activity.lastHours ?? []);
  if (share !== null) return t('success.share', { share: shareText(share) });
  const { waiting = 0 } = activity.retryWorkflow ?? {};
  return waiting === 0 ? t('success.none') : t('success.underWay', { n: countText(waiting) });
}
