import type { Delivery } from '@everhook/sdk';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { hasEnded, waits } from './status.ts';

/** Deliveries that the API replays or cancels in one call. */
const maxInCall = 100;

interface BarProps {
  readonly rows: readonly Delivery[];
  readonly selected: ReadonlySet<string>;
  /** Whether the log goes on beyond the rows. */
  readonly hasMore: boolean;
  onSelect(selected: ReadonlySet<string>): void;
  /** Offered where all that is loaded is selected and the log goes on: what reaches further. */
  readonly children: ReactNode;
}

const idsOf = (rows: readonly Delivery[]): string[] => rows.map(({ id }) => id).sort();

const parts = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / maxInCall) }, (_, part) =>
    ids.slice(part * maxInCall, (part + 1) * maxInCall),
  );

/** What can be done with the selected deliveries. More than one call takes go in several, and say how far they are. */
export function SelectionBar({ rows, selected, hasMore, onSelect, children }: BarProps) {
  const { client } = useSession();
  const toast = useToast();
  const t = useWords('deliveries');
  // One key for each part: sent again after a lost answer it sends nothing twice, and a changed selection makes other parts.
  const [keys] = useState(() => new Map<string, string>());
  const [progress, setProgress] = useState<{ done: number; of: number } | null>(null);
  const [asks, setAsks] = useState<'replay' | 'cancel' | null>(null);

  const inParts = async (ids: readonly string[], call: (part: readonly string[]) => Promise<number>) => {
    let done = 0;
    let counted = 0;
    try {
      for (const part of parts(ids)) {
        if (ids.length > maxInCall) setProgress({ done, of: ids.length });
        counted += await call(part);
        done += part.length;
      }
      return counted;
    } catch (error) {
      onSelect(new Set(ids.slice(done)));
      if (done > 0) toast(t('selection.stopped', { count: counted }));
      throw error;
    } finally {
      setProgress(null);
    }
  };
  const replaying = useMutation({
    mutationFn: (ids: readonly string[]) =>
      inParts(ids, async (part) => {
        const name = part.join();
        const key = keys.get(name) ?? newKey();
        keys.set(name, key);
        const { deliveries } = await client.deliveries.bulkReplay(part, { idempotencyKey: key });
        keys.delete(name);
        return deliveries.length;
      }),
    onSuccess: (count) => {
      toast(t('selection.replayed', { count }));
      onSelect(new Set());
    },
    onError: (error) => toast(messageOf(error)),
  });
  const cancelling = useMutation({
    mutationFn: (ids: readonly string[]) =>
      inParts(ids, async (part) => (await client.deliveries.cancelSeveral(part)).deliveries.length),
    onSuccess: (count) => {
      toast(t('selection.cancelled', { count }));
      onSelect(new Set());
    },
  });
  if (selected.size === 0) return null;
  const chosen = rows.filter(({ id }) => selected.has(id));
  const ended = chosen.filter(hasEnded);
  const underWay = chosen.length - ended.length;
  // The oldest first, as they were sent before.
  const ids = idsOf(ended.filter(({ noReplayBecause }) => !noReplayBecause));
  const waiting = idsOf(chosen.filter(({ status }) => waits(status)));
  const selectable = rows.filter(({ noReplayBecause }) => !noReplayBecause).length;
  const all = hasMore && selected.size >= selectable;
  const busy = replaying.isPending || cancelling.isPending;
  const replay = () => (ids.length > maxInCall ? setAsks('replay') : replaying.mutate(ids));
  return (
    <section className={styles.selection} aria-label={t('selection.label')}>
      <span role="status" className="number">
        {progress
          ? t('selection.progress', { done: progress.done, count: progress.of })
          : all
            ? t('selection.loaded', { count: selected.size })
            : t('selection.count', { count: selected.size })}
      </span>
      {underWay > 0 && <span className="muted number">{t('selection.underWay', { count: underWay })}</span>}
      {all && children}
      <span className={styles.gap} />
      <Button look="quiet" disabled={busy} onClick={() => onSelect(new Set())}>
        {t('selection.clear')}
      </Button>
      {waiting.length > 0 && (
        <Button disabled={busy} onClick={() => setAsks('cancel')}>
          {t('selection.cancel', { count: waiting.length })}
        </Button>
      )}
      {ids.length > 0 && (
        <Button look="primary" disabled={busy} onClick={replay}>
          <RefreshIcon /> {t('selection.replay', { count: ids.length })}
        </Button>
      )}
      {asks === 'replay' && (
        <Confirm
          title={t('selection.replayTitle', { count: ids.length })}
          action={t('selection.replay', { count: ids.length })}
          onConfirm={() => replaying.mutateAsync(ids)}
          onClose={() => setAsks(null)}
        >
          {t('selection.replayText')}
        </Confirm>
      )}
      {asks === 'cancel' && (
        <Confirm
          title={t('selection.cancelTitle', { count: waiting.length })}
          action={t('selection.cancel', { count: waiting.length })}
          danger
          onConfirm={() => cancelling.mutateAsync(waiting)}
          onClose={() => setAsks(null)}
        >
          {t('cancel.text')}
        </Confirm>
      )}
    </section>
  );
}
