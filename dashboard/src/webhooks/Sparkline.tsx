import { useRef } from 'react';
import { useOnScreen } from '../design/useOnScreen.ts';
import { totalOf } from '../statistics/statistics.ts';
import { useDailySuccess } from './useDailySuccess.ts';
import styles from './webhooks.module.css';

const width = 120;
const height = 28;

interface SparklineProps {
  readonly webhookId: string;
  /** Why it gets nothing, if so. */
  readonly trouble: string | null;
}

/** A webhook's success rate over the last 24 hours. Hours without deliveries leave a gap. */
export function Sparkline({ webhookId, trouble }: SparklineProps) {
  const place = useRef<HTMLDivElement>(null);
  const data = useDailySuccess(webhookId, useOnScreen(place));
  const bars = data ?? [];
  const bar = width / Math.max(bars.length, 1);
  const rate = data ? rateText(totalOf(data)) : 'Reading the last 24 h…';
  return (
    <div ref={place} className={styles.spark}>
      <svg role="img" aria-label={rate} viewBox={`0 0 ${width} ${height}`}>
        {bars.map(({ from, successRate }, index) => {
          const top = successRate === null ? height - 2 : height - Math.max(3, successRate * height);
          return (
            <rect
              key={from}
              x={index * bar + 0.75}
              y={top}
              width={Math.max(bar - 1.5, 1)}
              height={height - top}
              rx="1"
              className={successRate === null ? styles.none : successRate < 1 ? styles.some : styles.full}
            />
          );
        })}
      </svg>
      {trouble ? (
        <p className={styles.trouble} role="alert" title={trouble}>
          {trouble}
        </p>
      ) : (
        <p aria-hidden="true">{data && rate}</p>
      )}
    </div>
  );
}

function rateText({ successRate, total }: ReturnType<typeof totalOf>): string {
  if (successRate !== null) return `${percent(successRate)} succeeded in 24 h`;
  return total === 0 ? 'No deliveries in 24 h' : `${total} under way, none has ended in 24 h`;
}

/** A part as a percentage; 100 % only if nothing is missing. */
export const percent = (part: number): string =>
  part === 1 ? '100 %' : `${Math.min(99.9, Math.round(part * 1000) / 10)} %`;
