import type { DeliveryBucket } from '@everhook/sdk';
import { cloneElement, useLayoutEffect, useRef, useState } from 'react';
import { Area, AreaChart, Bar, BarChart, CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts';
import { Card } from '../design/Surfaces.tsx';
import type { Span } from '../statistics/spans.ts';
import { secondsOf } from '../time/duration.ts';
import { countText, dateFormat } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './overview.module.css';
import { trimmed } from './trimmed.ts';

const clock = dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = dateFormat({ month: 'short', day: 'numeric' });
/** Day buckets are days in UTC, which start on the previous local day west of it. */
const utcDay = dateFormat({ month: 'short', day: 'numeric', timeZone: 'UTC' });
const exact = dateFormat({ dateStyle: 'medium', timeStyle: 'short' });

const ticks: Readonly<Record<Span, () => Intl.DateTimeFormat>> = { hour: clock, day: clock, week: day, month: utcDay };

/** Deliveries, success and response times over time. */
export default function Charts({
  buckets,
  span,
}: {
  readonly buckets: readonly DeliveryBucket[];
  readonly span: Span;
}) {
  const t = useWords('overview');
  const told = trimmed(buckets);
  const points = told.map((bucket) => ({
    from: Date.parse(bucket.from),
    delivered: bucket.delivered,
    failed: bucket.failed,
    open: bucket.pending + bucket.sending + bucket.retrying + bucket.held,
    cancelled: bucket.cancelled,
    success: bucket.successRate === null ? null : Math.round(bucket.successRate * 1000) / 10,
    p50: millisecondsOf(bucket.responseTimeP50),
    p95: millisecondsOf(bucket.responseTimeP95),
  }));
  const label = (from: number) => ticks[span]().format(from);
  const title = (from: number) =>
    span === 'month' ? t('charts.inUtc', { day: utcDay().format(from) }) : exact().format(from);
  const notes = [
    ...(told.length < buckets.length ? [t('charts.from', { time: title(points[0]?.from ?? 0) })] : []),
    ...(buckets.some(({ isAtLeast }) => isAtLeast) ? [t('charts.atLeast')] : []),
  ];
  // Charts are drawn in pixels; their labels grow with the page's font size.
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const fontSize = 0.8 * rem;
  // Half of the axis's last label stands beyond the axis.
  const common = { data: points, margin: { top: 8, right: 1.5 * rem, bottom: 0, left: 0 } };
  const axis = { stroke: 'var(--muted)', tickLine: false, fontSize } as const;
  const valueAxis = { ...axis, axisLine: false } as const;
  const axes = (
    <>
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis dataKey="from" tickFormatter={label} minTickGap={36} {...axis} />
      <Tooltip
        labelFormatter={(from) => title(Number(from))}
        isAnimationActive={false}
        contentStyle={{
          background: 'var(--surface)',
          border: '1px solid var(--line)',
          borderRadius: 8,
          color: 'var(--text)',
        }}
        cursor={{ fill: 'var(--hover)' }}
      />
    </>
  );
  const still = { isAnimationActive: false } as const;

  return (
    <div className={styles.charts}>
      <Chart
        title={t('charts.states')}
        note={notes.length > 0 ? notes.join(' · ') : undefined}
        wide
        series={{
          [t('charts.delivered')]: 'var(--chart-good)',
          [t('charts.waiting')]: 'var(--chart-warn)',
          [t('charts.cancelled')]: 'var(--line-strong)',
          [t('charts.failed')]: 'var(--chart-bad)',
        }}
      >
        <BarChart {...common} accessibilityLayer>
          {axes}
          <YAxis allowDecimals={false} tickFormatter={countText} width={3.4 * rem} {...valueAxis} />
          <Bar {...still} dataKey="delivered" name={t('charts.delivered')} stackId="all" fill="var(--chart-good)" />
          <Bar {...still} dataKey="open" name={t('charts.waiting')} stackId="all" fill="var(--chart-warn)" />
          <Bar {...still} dataKey="cancelled" name={t('charts.cancelled')} stackId="all" fill="var(--line-strong)" />
          <Bar {...still} dataKey="failed" name={t('charts.failed')} stackId="all" fill="var(--chart-bad)" />
        </BarChart>
      </Chart>
      <Chart title={t('charts.success')}>
        <AreaChart {...common} accessibilityLayer>
          {axes}
          <YAxis domain={[0, 100]} width={3 * rem} {...valueAxis} />
          <Area
            {...still}
            dataKey="success"
            name={t('charts.successRate')}
            stroke="var(--chart-good)"
            fill="var(--good-soft)"
            strokeWidth={2}
            connectNulls
            dot={{ r: 2 }}
          />
        </AreaChart>
      </Chart>
      <Chart
        title={t('charts.response')}
        series={{ [t('charts.p50')]: 'var(--accent)', [t('charts.p95')]: 'var(--chart-warn)' }}
      >
        <LineChart {...common} accessibilityLayer>
          {axes}
          <YAxis tickFormatter={countText} width={3.4 * rem} {...valueAxis} />
          <Line
            {...still}
            dataKey="p50"
            name={t('charts.p50')}
            stroke="var(--accent)"
            strokeWidth={2}
            connectNulls
            dot={{ r: 2 }}
          />
          <Line
            {...still}
            dataKey="p95"
            name={t('charts.p95')}
            stroke="var(--chart-warn)"
            strokeWidth={2}
            connectNulls
            dot={{ r: 2 }}
          />
        </LineChart>
      </Chart>
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  /** What is left out, or not told in full. */
  readonly note?: string | undefined;
  /** The series, each with its colour. */
  readonly series?: Readonly<Record<string, string>>;
  readonly wide?: boolean;
  readonly children: React.ReactElement<{ width?: number; height?: number }>;
}

/** Drawn once its size is known, so that nothing moves afterwards. */
function Chart({ title, note, series = {}, wide, children }: ChartProps) {
  const canvas = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<{ readonly width: number; readonly height: number } | null>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <Card className={[styles.chart, wide && styles.wide].filter(Boolean).join(' ')} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {note && <span className={styles.note}>{note}</span>}
        <ul className={styles.legend}>
          {Object.entries(series).map(([name, colour]) => (
            <li key={name} style={{ '--series': colour } as React.CSSProperties}>
              {name}
            </li>
          ))}
        </ul>
      </div>
      <div ref={canvas} className={styles.canvas}>
        {room && cloneElement(children, room)}
      </div>
    </Card>
  );
}

function millisecondsOf(duration: string | null | undefined): number | null {
  const seconds = duration == null ? null : secondsOf(duration);
  return seconds === null ? null : Math.round(seconds * 1000);
}
