import type { Webhook } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { SelectField } from '../design/Field.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { type BulkAction, type BulkProgress, bulkDeed, forEach } from './bulk.ts';
import { webhooksChanged } from './queries.ts';
import { type RecoverSpan, recoverSpans, sinceOf } from './recoverable.ts';
import { offered } from './standing.ts';
import { useBulkCount } from './useBulkCount.ts';
import { useRights } from './useOffered.ts';
import styles from './webhooks.module.css';

interface BulkProps {
  readonly action: BulkAction;
  readonly selected: readonly Webhook[];
  onClose(): void;
}

/** Asks before many webhooks take an action, says how many, and shows how far it is and each one that failed. */
export function BulkDialog({ action, selected, onClose }: BulkProps) {
  const { client } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const rights = useRights();
  // Those of the moment when it was asked: while it runs, each leaves the state that it was chosen for.
  const [takers] = useState(() => selected.filter((each) => offered(each, rights(each)).has(action)));
  const leftOut = selected.length - takers.length;
  const [span, setSpan] = useState<RecoverSpan>('day');
  const [times] = useState(() => new Map<RecoverSpan, Date | undefined>());
  if (!times.has(span)) times.set(span, sinceOf(span, null));
  const since = times.get(span);
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const count = useBulkCount(action, takers, since, progress === null);
  const deed = useRef<{ of: RecoverSpan; run: (webhook: Webhook) => Promise<unknown> } | null>(null);
  const mounted = useRef<AbortController | null>(null);
  useEffect(() => () => mounted.current?.abort(), []);

  const run = async (webhooks: readonly Webhook[]) => {
    // The same keys for a second try: what was begun is not begun again.
    if (deed.current?.of !== span) deed.current = { of: span, run: bulkDeed(client, action, since) };
    const ending = new AbortController();
    mounted.current = ending;
    setRunning(ending);
    await forEach(webhooks, deed.current.run, ending.signal, setProgress);
    setRunning(null);
    void queries.invalidateQueries({ queryKey: ['activity'] });
    await webhooksChanged(queries);
  };
  const failed = progress?.failures ?? [];
  const n = countText(takers.length);

  return (
    <Dialog
      title={t(`bulk.title.${action}`, { count: takers.length, n })}
      isForm
      onClose={onClose}
      footer={
        running ? (
          <Button onClick={() => running.abort()}>{t('bulk.stop')}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{progress ? t('close') : t('cancel')}</Button>
            {!progress && (
              <Button
                look={action === 'switchOff' ? 'danger' : 'primary'}
                disabled={takers.length === 0}
                onClick={() => void run(takers)}
              >
                {t(`actions.${action}`).replace('…', '')}
              </Button>
            )}
            {progress && failed.length > 0 && (
              <Button look="primary" onClick={() => void run(failed.map(({ webhook }) => webhook))}>
                {t('bulk.again')}
              </Button>
            )}
          </>
        )
      }
    >
      <div className={styles.form}>
        {takers.length === 0 ? <p>{t('bulk.nobody')}</p> : <p>{t(`bulk.text.${action}`)}</p>}
        {leftOut > 0 && <p className="muted">{t('bulk.leftOut', { count: leftOut, n: countText(leftOut) })}</p>}
        {!progress && action === 'recover' && takers.length > 0 && (
          <SelectField
            label={t('recover.since')}
            value={span}
            onChange={(event) => setSpan(event.target.value as RecoverSpan)}
          >
            {(Object.keys(recoverSpans) as (keyof typeof recoverSpans)[]).map((each) => (
              <option key={each} value={each}>
                {t(`recover.spans.${each}`)}
              </option>
            ))}
            <option value="all">{t('recover.spans.all')}</option>
          </SelectField>
        )}
        {!progress && count && <p role="status">{count}</p>}
        {progress && (
          <div className={styles.form} role="status">
            <progress
              className={styles.progress}
              max={Math.max(progress.total, 1)}
              value={progress.done}
              aria-label={t('bulk.label')}
            />
            <p className="number">
              {failed.length === 0
                ? t('bulk.progress', { done: countText(progress.done), total: countText(progress.total) })
                : t('bulk.progressFailed', {
                    done: countText(progress.done),
                    total: countText(progress.total),
                    count: failed.length,
                    n: countText(failed.length),
                  })}{' '}
              {progress.stopped && t('bulk.stopped', { n: countText(progress.total - progress.done) })}
            </p>
          </div>
        )}
        {failed.length > 0 && (
          <Notice tone="bad">
            <ul className={styles.failures} aria-label={t('bulk.failures')}>
              {failed.map(({ webhook, message }) => (
                <li key={webhook.id}>
                  <strong dir="auto">{webhook.name}</strong> {message}
                </li>
              ))}
            </ul>
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
