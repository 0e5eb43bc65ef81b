// biome-ignore-all lint/a11y/useSemanticElements: rows are placed by transform, which table elements do not take.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row's button is what is focused.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the row's button does the same by keyboard.
import type { Delivery } from '@everhook/sdk';
import { memo } from 'react';
import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { Badge } from '../design/Surfaces.tsx';
import { distance } from '../time/distance.ts';
import { durationText } from '../time/duration.ts';
import { Countdown, exactTime } from '../time/Time.tsx';
import type { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { hasEnded, tones } from './status.ts';

interface RowProps {
  readonly row: Delivery;
  readonly place: number;
  readonly start: number;
  readonly height: number;
  /** Given, as the time is: hooks of their own in each row would cost more than the row. */
  readonly t: ReturnType<typeof useWords<'deliveries'>>;
  readonly now: number;
  readonly preview: string | undefined;
  /** Whether the viewer may select and replay. */
  readonly acts: boolean;
  readonly selected: boolean;
  onSelect(id: string, on: boolean): void;
  onReplay(id: string): void;
  onOpen(id: string): void;
}

/** Rendered anew only where it changed: in a burst most rows stay as they are. */
export const DeliveryRow = memo(function DeliveryRow(props: RowProps) {
  const { row, place, start, height, t, now, preview, acts, selected, onSelect, onReplay, onOpen } = props;
  const created = (
    <time dateTime={row.createdAt} title={exactTime(row.createdAt)}>
      {distance(row.createdAt, Math.max(now, Date.now()), true)}
    </time>
  );
  const replayable = row.noReplayBecause === null || row.noReplayBecause === undefined;
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={place}
      data-status={row.status}
      style={{ transform: `translateY(${start}px)`, height }}
      onClick={() => onOpen(row.id)}
    >
      {acts && (
        <span role="cell" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            className={styles.check}
            aria-label={t('table.select', { type: row.eventType, time: row.createdAt })}
            checked={selected}
            disabled={!replayable}
            onChange={(event) => onSelect(row.id, event.target.checked)}
          />
        </span>
      )}
      <span role="cell" className={styles.state}>
        <Badge tone={tones[row.status]}>{t(`status.${row.status}`)}</Badge>
      </span>
      <span role="cell" className={styles.event}>
        <span className={styles.type}>
          <button
            type="button"
            className={styles.open}
            dir="auto"
            title={row.eventType}
            onClick={(event) => {
              event.stopPropagation();
              onOpen(row.id);
            }}
          >
            {row.eventType}
          </button>
          {row.isTest && <Badge plain>{t('test')}</Badge>}
          {row.direction === 'INBOUND' && <Badge plain>{t('inbound')}</Badge>}
        </span>
        <span className={styles.preview} dir="auto">
          {preview}
        </span>
        <span className={styles.narrow}>
          {created}
          {row.webhook && (
            <>
              {' · '}
              <bdi>{row.webhook.name}</bdi>
            </>
          )}
        </span>
      </span>
      <span role="cell" className={styles.wide} dir="auto" title={row.webhook?.name}>
        {row.webhook?.name ?? (row.inboundWebhook ? t('inboundWebhook') : t('common:none'))}
      </span>
      <span role="cell" className={`${styles.wide} ${styles.end} number`}>
        {/* Anew for each answer: text that is replaced in its place would count as moved. */}
        <span key={`${row.responseCode} ${row.responseTime}`}>
          {row.responseTime && <span className="muted">{durationText(row.responseTime)} </span>}
          {row.responseCode ?? '–'}
        </span>
      </span>
      <span role="cell" className={`${styles.wide} ${styles.end} number`}>
        {row.status === 'RETRYING' && row.nextAttemptAt && (
          <span className="muted">
            <span className="visually-hidden">{t('table.next')}</span> <Countdown time={row.nextAttemptAt} brief />{' '}
          </span>
        )}
        <span className={styles.count}>{row.attemptCount}</span>
      </span>
      <span role="cell" className={`${styles.wide} ${styles.end} number`}>
        {created}
      </span>
      {acts && (
        <span role="cell" className={styles.act} onClick={(event) => event.stopPropagation()}>
          {replayable && hasEnded(row) && (
            <Button
              square
              small
              look="quiet"
              aria-label={t('table.replay', { type: row.eventType })}
              title={t('replay.action')}
              onClick={() => onReplay(row.id)}
            >
              <RefreshIcon />
            </Button>
          )}
          {!replayable && (
            <span className={styles.never} title={row.noReplayBecause ?? undefined}>
              {t('table.noReplay')}
            </span>
          )}
        </span>
      )}
    </div>
  );
});
