import { totalOf, useStatistics } from '../overview/statistics.ts';
import styles from './webhooks.module.css';

const width = 120;
const height = 28;

/** A webhook's success rate over the last 24 hours. Hours without deliveries leave a gap. */
export function Sparkline({ webhookId }: { readonly webhookId: string }) {
  const { data } = useStatistics('day', webhookId);
  const { successRate, total } = totalOf(data ?? []);
  const bars = data ?? [];
  const bar = width / Math.max(bars.length, 1);
  const text =
    successRate !== null
      ? `${percent(successRate)} succeeded in 24 h`
      : total === 0
        ? 'No deliveries in 24 h'
        : `${total} under way, none has ended in 24 h`;
  return (
    <div className={styles.spark}>
      <svg role="img" aria-label={text} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        {bars.map(({ from, successRate: rate }, place) => {
          const top = rate === null ? height - 2 : height - Math.max(3, rate * height);
          return (
            <rect
              key={from}
              x={place * bar + 0.75}
              y={top}
              width={Math.max(bar - 1.5, 1)}
              height={height - top}
              rx="1"
              className={rate === null ? styles.none : rate < 1 ? styles.some : styles.full}
            />
          );
        })}
      </svg>
      <span aria-hidden="true">{text}</span>
    </div>
  );
}

/** A part of the whole; never 100 % of what is not whole. */
export const percent = (part: number): string =>
  part === 1 ? '100 %' : `${Math.min(99.9, Math.round(part * 1000) / 10)} %`;
