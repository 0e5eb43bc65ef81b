import type { Recovery } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { SelectField } from '../design/Field.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { newKey } from '../session/newKey.ts';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { boundText, countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { missedSince, type RecoverSpan, type RecoverTarget, recoverSpans, sinceOf } from './recoverable.ts';
import { sinceText } from './since.ts';
import { useActivity } from './useActivity.tsx';
import styles from './webhooks.module.css';

/** Sends what a webhook did not receive again: counted first, then with its progress. */
export function RecoverDialog({ webhook, onClose }: { readonly webhook: RecoverTarget; onClose(): void }) {
  const { client, handleAuthError } = useSession();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const stoppedAt = missedSince(useActivity(webhook.id).data);
  const [chosen, setChosen] = useState<RecoverSpan | null>(null);
  const span = chosen ?? (stoppedAt === null ? 'day' : 'stop');
  const [key] = useState(newKey);
  // One time for each choice: what was counted is what is sent, and a repeated request starts nothing twice.
  const [times] = useState(() => new Map<RecoverSpan, Date | undefined>());
  if (!times.has(span)) times.set(span, sinceOf(span, stoppedAt));
  const since = times.get(span);
  const [shown, setShown] = useState<Recovery | null>(null);
  const [problem, setProblem] = useState<string>();

  const counted = useQuery({
    queryKey: ['recoverable', webhook.id, since?.getTime() ?? null],
    queryFn: ({ signal }) => client.recoveries.recoverable({ webhookId: webhook.id, since }, { signal }),
    enabled: shown === null,
    staleTime: 5_000,
  });
  const { data: count } = counted;

  const id = shown?.id;
  useEffect(() => {
    if (id === undefined) return;
    const ending = new AbortController();
    const follow = async () => {
      for await (const state of client.recoveries.watch(id, { signal: ending.signal })) setShown(state);
    };
    keepFollowing(follow, ending.signal).catch((error: unknown) => {
      handleAuthError(error);
      setProblem(messageOf(error));
    });
    return () => ending.abort();
  }, [client, handleAuthError, id]);

  const acted = async (act: () => Promise<Recovery>) => {
    setProblem(undefined);
    try {
      setShown(await act());
      void queries.invalidateQueries({ queryKey: ['activity', webhook.id] });
    } catch (error) {
      handleAuthError(error);
      setProblem(messageOf(error));
    }
  };
  const begin = () =>
    acted(() => client.recoveries.start({ webhookId: webhook.id, since, idempotencyKey: `${key}-${span}` }));
  const nothing = count?.total === 0 && !count.isAtLeast;
  const total = count && boundText(count.total, count.isAtLeast);

  return (
    <Dialog
      title={t('recover.title', { name: webhook.name })}
      onClose={onClose}
      footer={
        <>
          {shown?.state === 'RUNNING' && (
            <Button onClick={() => acted(() => client.recoveries.cancel(shown.id))}>{t('recover.stop')}</Button>
          )}
          <Button onClick={onClose}>{shown ? t('close') : t('cancel')}</Button>
          {!shown && (
            <Button look="primary" disabled={nothing} onClick={begin}>
              {total && !nothing ? t('recover.actionCount', { n: total }) : t('recover.action')}
            </Button>
          )}
        </>
      }
    >
      {shown ? (
        <div className={styles.form} role="status">
          <progress
            className={styles.progress}
            max={Math.max(shown.total, 1)}
            value={shown.total === 0 ? 1 : shown.recovered}
            aria-label={t('recover.recovered')}
          />
          <p className="number">
            {t('recover.progress', {
              done: countText(shown.recovered),
              total: boundText(shown.total, shown.totalIsAtLeast),
            })}{' '}
            {shown.state === 'FINISHED' && t('recover.done')}
            {shown.state === 'CANCELLED' &&
              (shown.reason ? t('recover.cancelledFor', { reason: shown.reason }) : t('recover.cancelled'))}
          </p>
          {problem && <Notice tone="bad">{t('recover.goesOn', { error: problem })}</Notice>}
        </div>
      ) : (
        <div className={styles.form}>
          <p>{t('recover.text')}</p>
          <SelectField
            label={t('recover.since')}
            value={span}
            onChange={(event) => setChosen(event.target.value as RecoverSpan)}
          >
            {stoppedAt !== null && (
              <option value="stop">{t('recover.spans.stop', { since: sinceText(stoppedAt, Date.now()) })}</option>
            )}
            {(Object.keys(recoverSpans) as (keyof typeof recoverSpans)[]).map((each) => (
              <option key={each} value={each}>
                {t(`recover.spans.${each}`)}
              </option>
            ))}
            <option value="all">{t('recover.spans.all')}</option>
          </SelectField>
          <div className={styles.counted} role="status">
            {counted.isPending && t('recover.counting')}
            {counted.isError && <Notice tone="warn">{messageOf(counted.error)}</Notice>}
            {count &&
              (nothing ? (
                <p>{t('recover.nothing')}</p>
              ) : (
                <dl>
                  {(['failed', 'cancelled', 'missed'] as const).map((kind) => (
                    <div key={kind}>
                      <dd className="number">{countText(count[kind])}</dd>
                      <dt>{t(`recover.count.${kind}`)}</dt>
                    </div>
                  ))}
                </dl>
              ))}
          </div>
          {problem && <Notice tone="bad">{problem}</Notice>}
        </div>
      )}
    </Dialog>
  );
}
