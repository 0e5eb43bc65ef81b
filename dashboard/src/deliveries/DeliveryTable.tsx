// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not take.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows' buttons are what is focused.
import type { Delivery } from '@everhook/sdk';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { LoadingTable } from '../design/Surfaces.tsx';
import { useVirtualRows } from '../design/useVirtualRows.ts';
import { useWords } from '../words/words.ts';
import { DeliveryRow } from './DeliveryRow.tsx';
import styles from './deliveries.module.css';
import { usePreviews } from './usePreviews.ts';
import { useRowReplay } from './useRowReplay.ts';

interface TableProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Told what scrolls, and that it is gone. The same function in every render. */
  onScroller(element: HTMLDivElement | null): void;
  readonly rows: readonly Delivery[];
  /** Whether the viewer may select and replay. */
  readonly acts: boolean;
  readonly selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
  onOpen(id: string): void;
  /** Loads the next page; null if there is none, or it is being loaded. */
  readonly more: (() => void) | null;
}

const rowHeight = 52;

/** A table of deliveries; only visible rows are in the page. */
export function DeliveryTable({ scroller, onScroller, rows, acts, selected, onSelect, onOpen, more }: TableProps) {
  const t = useWords('deliveries');
  const { virtual, shown } = useVirtualRows({ scroller, rows, height: rowHeight, more, ahead: 60 });
  const follow = useCallback(
    (element: HTMLDivElement | null) => {
      scroller.current = element;
      onScroller(element);
    },
    [scroller, onScroller],
  );
  const previews = usePreviews(shown.map(({ index }) => rows[index] as Delivery));
  const replay = useRowReplay();
  const now = useNow();

  // Rows that come in above a reader who has scrolled down move nothing.
  const top = useRef<string | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that come in move, not the one who scrolls.
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = top.current === undefined ? -1 : rows.findIndex(({ id }) => id === top.current);
    // Not `scrollTop`: it would lay out the page within each showing of a burst.
    if (element && before > 0 && (virtual.scrollOffset ?? 0) > 0) element.scrollTop += before * rowHeight;
    top.current = rows[0]?.id;
  }, [rows, scroller]);

  const latest = useRef({ selected, onSelect, onOpen });
  useLayoutEffect(() => {
    latest.current = { selected, onSelect, onOpen };
  });
  // The same functions in every render, so that a row that did not change is not rendered.
  const select = useCallback((id: string, on: boolean) => {
    const next = new Set(latest.current.selected);
    if (on) next.add(id);
    else next.delete(id);
    latest.current.onSelect(next);
  }, []);
  const open = useCallback((id: string) => latest.current.onOpen(id), []);

  return (
    <div className={styles.table} role="table" aria-label={t('title')} aria-rowcount={rows.length + 1} data-acts={acts}>
      <div ref={follow} className={styles.scroller} tabIndex={0} role="rowgroup">
        <div className={`${styles.row} ${styles.header}`} role="row" aria-rowindex={1}>
          {acts && (
            <span role="columnheader">
              <SelectAll rows={rows} selected={selected} onSelect={onSelect} />
            </span>
          )}
          <span role="columnheader">{t('column.status')}</span>
          <span role="columnheader">{t('column.event')}</span>
          <span role="columnheader" className={styles.wide}>
            {t('column.webhook')}
          </span>
          <span role="columnheader" className={`${styles.wide} ${styles.end}`}>
            {t('column.response')}
          </span>
          <span role="columnheader" className={`${styles.wide} ${styles.end}`}>
            {t('column.attempts')}
          </span>
          <span role="columnheader" className={`${styles.wide} ${styles.end}`}>
            {t('column.created')}
          </span>
          {acts && (
            <span role="columnheader" className={styles.act}>
              <span className="visually-hidden">{t('column.actions')}</span>
            </span>
          )}
        </div>
        <div className={styles.space} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const row = rows[index] as Delivery;
            return (
              <DeliveryRow
                key={key}
                row={row}
                place={index + 2}
                start={start}
                height={rowHeight}
                t={t}
                now={now}
                preview={previews.get(row.id)}
                acts={acts}
                selected={selected.has(row.id)}
                onSelect={select}
                onReplay={replay}
                onOpen={open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The time, for all rows together. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Selects what is loaded; the bar above the list says so, and offers what lies beyond. */
function SelectAll({ rows, selected, onSelect }: Pick<TableProps, 'rows' | 'selected' | 'onSelect'>) {
  const t = useWords('deliveries');
  const box = useRef<HTMLInputElement>(null);
  const selectable = rows.filter(({ noReplayBecause }) => !noReplayBecause);
  const all = selectable.length > 0 && selected.size >= selectable.length;
  useLayoutEffect(() => {
    if (box.current) box.current.indeterminate = selected.size > 0 && !all;
  });
  return (
    <input
      ref={box}
      type="checkbox"
      className={styles.check}
      aria-label={t('table.selectLoaded')}
      checked={all}
      onChange={() => onSelect(new Set(selected.size > 0 ? [] : selectable.map(({ id }) => id)))}
    />
  );
}

export const LoadingLog = () => <LoadingTable className={styles.table} rowHeight={rowHeight} />;
