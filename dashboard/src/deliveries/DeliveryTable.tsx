// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not take.
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row's button is what is focused.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the row's button does the same by keyboard.
import type { Delivery } from '@everhook/sdk';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { Badge, Skeleton } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { durationText } from '../time/duration.ts';
import { Ago, Countdown } from '../time/Time.tsx';
import styles from './deliveries.module.css';
import { statuses } from './status.ts';

interface TableProps {
  readonly rows: readonly Delivery[];
  readonly selectable: boolean;
  readonly selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
  onOpen(id: string): void;
  /** Loads the next page; null if there is none, or it is being loaded. */
  readonly more: (() => void) | null;
}

const rowHeight = 52;

/** A table of deliveries; only visible rows are in the page. */
export function DeliveryTable({ rows, selectable, selected, onSelect, onOpen, more }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();

  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - 30) more();
  }, [more, last, rows.length]);

  // A reader who has scrolled down is not disturbed while new rows come in above.
  const top = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = top.current === undefined ? -1 : rows.findIndex(({ id }) => id === top.current);
    if (element && before > 0 && element.scrollTop > 0) element.scrollTop += before * rowHeight;
    top.current = rows[0]?.id;
  }, [rows]);

  const replayable = rows.filter((row) => row.direction === 'OUTBOUND');
  const all = replayable.length > 0 && replayable.every(({ id }) => selected.has(id));
  const toggle = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    onSelect(next);
  };

  return (
    <div
      className={styles.table}
      role="table"
      aria-label="Deliveries"
      aria-rowcount={rows.length + 1}
      data-selectable={selectable}
    >
      <div ref={scroller} className={styles.scroller} tabIndex={0} role="rowgroup">
        <div className={`${styles.row} ${styles.header}`} role="row" aria-rowindex={1}>
          {selectable && (
            <span role="columnheader">
              <Checkbox
                label="Select all that are loaded"
                checked={all}
                some={selected.size > 0}
                onChange={(on) => onSelect(new Set(on ? replayable.map(({ id }) => id) : []))}
              />
            </span>
          )}
          <span role="columnheader">Status</span>
          <span role="columnheader">Event</span>
          <span role="columnheader" className={styles.wide}>
            Webhook
          </span>
          <span role="columnheader" className={styles.wide}>
            Response
          </span>
          <span role="columnheader" className={styles.wide}>
            Attempts
          </span>
          <span role="columnheader">Created</span>
        </div>
        <div className={styles.space} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const row = rows[index] as Delivery;
            return (
              <Row
                key={key}
                row={row}
                place={index + 2}
                start={start}
                selectable={selectable}
                selected={selected.has(row.id)}
                onSelect={(on) => toggle(row.id, on)}
                onOpen={() => onOpen(row.id)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** As many placeholder rows as a page is likely to have. */
export function LoadingTable() {
  return (
    <div role="status" className={styles.table}>
      <span className="visually-hidden">Loading…</span>
      <div className={styles.scroller}>
        {Array.from({ length: 40 }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never move.
          <div key={row} className={styles.waiting} style={{ height: row === 0 ? '2.5rem' : rowHeight }}>
            <Skeleton height="1rem" width={row === 0 ? '100%' : `${60 + ((row * 37) % 35)}%`} />
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: Delivery;
  readonly place: number;
  readonly start: number;
  readonly selectable: boolean;
  readonly selected: boolean;
  onSelect(on: boolean): void;
  onOpen(): void;
}

function Row({ row, place, start, selectable, selected, onSelect, onOpen }: RowProps) {
  const { text, tone } = statuses[row.status];
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={place}
      data-status={row.status}
      style={{ transform: `translateY(${start}px)`, height: rowHeight }}
      onClick={onOpen}
    >
      {selectable && (
        <span role="cell" onClick={(event) => event.stopPropagation()}>
          <Checkbox
            label={`Select ${row.eventType} of ${row.createdAt}`}
            checked={selected}
            disabled={row.direction === 'INBOUND'}
            onChange={onSelect}
          />
        </span>
      )}
      <span role="cell">
        <Badge tone={tone}>{text}</Badge>
      </span>
      <span role="cell" className={styles.event}>
        <button
          type="button"
          className={styles.open}
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {row.eventType}
        </button>
        {row.isTest && <Badge plain>Test</Badge>}
        {row.direction === 'INBOUND' && <Badge plain>Inbound</Badge>}
        <span className={styles.narrow}>{row.webhook?.name}</span>
      </span>
      <span role="cell" className={styles.wide}>
        {row.webhook?.name ?? '–'}
      </span>
      <span role="cell" className={`${styles.wide} number`}>
        {row.responseCode ?? '–'}
        {row.responseTime && <span className="muted"> {durationText(row.responseTime)}</span>}
      </span>
      <span role="cell" className={`${styles.wide} number`}>
        {row.attemptCount}
        {row.status === 'RETRYING' && row.nextAttemptAt && (
          <span className="muted">
            {' '}
            next <Countdown time={row.nextAttemptAt} />
          </span>
        )}
      </span>
      <span role="cell" className="number">
        <Ago time={row.createdAt} brief />
      </span>
    </div>
  );
}
