// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not take.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row's link is what is focused.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the row's link does the same by keyboard.
import type { DeliveryCounts, ListedEvent } from '@everhook/sdk';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { Badge, LoadingTable } from '../design/Surfaces.tsx';
import { useVirtualRows } from '../design/useVirtualRows.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { Counts } from './Counts.tsx';
import styles from './events.module.css';
import { useDeliveryCounts } from './useDeliveryCounts.ts';

interface TableProps {
  readonly rows: readonly ListedEvent[];
  /** Loads the next page; null if there is none, or it is being loaded. */
  readonly more: (() => void) | null;
  /** Shown below the last row. */
  readonly end: ReactNode;
}

const rowHeight = 46;

/** A table of events; only visible rows are in the page. */
export function EventTable({ rows, more, end }: TableProps) {
  const t = useWords('events');
  const { project } = useScope();
  const scroller = useRef<HTMLDivElement>(null);
  const { virtual, shown } = useVirtualRows({ scroller, rows, height: rowHeight, more, ahead: 30 });
  const counts = useDeliveryCounts(shown.flatMap(({ index }) => rows[index]?.id ?? []));

  // Newer rows come by a click, which leads to them.
  const top = useRef(rows[0]?.id);
  useLayoutEffect(() => {
    if (top.current !== rows[0]?.id) scroller.current?.scrollTo({ top: 0 });
    top.current = rows[0]?.id;
  }, [rows]);

  return (
    <div
      className={styles.table}
      role="table"
      aria-label={t('title')}
      aria-rowcount={rows.length + 1}
      data-whole={!project}
    >
      <div ref={scroller} className={styles.scroller} tabIndex={0} role="rowgroup">
        <div className={`${styles.row} ${styles.header}`} role="row" aria-rowindex={1}>
          <span role="columnheader" className={styles.wide}>
            {t('log.created')}
          </span>
          <span role="columnheader">{t('log.type')}</span>
          <span role="columnheader">{t('log.deliveries')}</span>
          <span role="columnheader" className={styles.wide}>
            {t('log.labels')}
          </span>
          {!project && (
            <span role="columnheader" className={styles.wide}>
              {t('log.project')}
            </span>
          )}
          <span role="columnheader" className={styles.wide}>
            {t('log.id')}
          </span>
        </div>
        <div className={styles.space} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const row = rows[index] as ListedEvent;
            return <Row key={key} row={row} place={index + 2} start={start} counts={counts.get(row.id)} />;
          })}
        </div>
        {end && <div className={styles.end}>{end}</div>}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: ListedEvent;
  readonly place: number;
  readonly start: number;
  readonly counts: DeliveryCounts | undefined;
}

function Row({ row, place, start, counts }: RowProps) {
  const t = useWords('events');
  const { path, project, projects } = useScope();
  const [, navigate] = useLocation();
  const href = path(`events/${row.id}`);
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={place}
      style={{ transform: `translateY(${start}px)`, height: rowHeight }}
      onClick={(event) => {
        // A link opens by itself, and a selected text is not a click.
        if (!(event.target as Element).closest('a') && getSelection()?.isCollapsed !== false) navigate(href);
      }}
    >
      <span role="cell" className={`${styles.wide} number`}>
        <Ago time={row.createdAt} brief />
      </span>
      <span role="cell">
        <span className={styles.type}>
          <Link href={href} title={row.type}>
            {row.type}
          </Link>
          {row.isTest && <Badge plain>{t('log.test')}</Badge>}
          {row.erasedAt && <Badge plain>{t('log.erased')}</Badge>}
        </span>
        <span className={styles.narrow}>
          <Ago time={row.createdAt} brief />
        </span>
      </span>
      <span role="cell" className={styles.counts}>
        <Counts counts={counts} />
      </span>
      <span role="cell" className={`${styles.wide} ${styles.labels}`}>
        {Object.entries(row.labels).map(([key, value]) => (
          <bdi key={key} className={styles.label} title={`${key}=${value}`}>
            {`${key}=`}
            <b>{value}</b>
          </bdi>
        ))}
      </span>
      {!project && (
        <span role="cell" className={styles.wide}>
          <bdi>
            {row.project ? (projects.find(({ id }) => id === row.project?.id)?.name ?? '–') : t('log.organization')}
          </bdi>
        </span>
      )}
      <span role="cell" className={`${styles.wide} ${styles.id} mono muted`} title={row.id}>
        <bdi dir="ltr">{row.id}</bdi>
      </span>
    </div>
  );
}

export const LoadingLog = () => <LoadingTable className={styles.table} rowHeight={rowHeight} />;
