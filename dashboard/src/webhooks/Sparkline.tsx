import type { WebhookActivity } from '@everhook/sdk';
import { countText, shareText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { barsOf, type HourBar, successOf } from './success.ts';
import styles from './webhooks.module.css';

const width = 120;
const height = 28;

interface SparklineProps {
  /** Absent while it is read. */
  readonly activity: WebhookActivity | null | undefined;
}

/** The deliveries of a webhook over the last 24 hours: each hour as high as what ended in it, red in the part that failed. */
export function Sparkline({ activity }: SparklineProps) {
  const bars = barsOf(activity?.lastHours ?? []);
  // A path for each colour: a table draws dozens of these while it is scrolled.
  return (
    <svg role="img" aria-label={useSuccessText(activity)} viewBox={`0 0 ${width} ${height}`} className={styles.bars}>
      <path className={styles.none} d={pathOf(bars, ({ isEmpty }) => (isEmpty ? 2 / height : 0))} />
      <path className={styles.full} d={pathOf(bars, (bar) => bar.height)} />
      <path className={styles.some} d={pathOf(bars, ({ failed }) => failed)} />
    </svg>
  );
}

/** Bars from the ground up, each as high as the part says. */
function pathOf(bars: readonly HourBar[], part: (bar: HourBar) => number): string {
  const step = width / Math.max(bars.length, 1);
  return bars
    .map((bar, index) => {
      const tall = part(bar) * height;
      return tall === 0 ? '' : `M${index * step + 0.75} ${height}v${-tall}h${Math.max(step - 1.5, 1)}v${tall}z`;
    })
    .join('');
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
