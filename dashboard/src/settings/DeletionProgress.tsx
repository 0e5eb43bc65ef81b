import type { Deletion } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Trans } from 'react-i18next';
import { Badge, Card, messageOf, Notice } from '../design/Surfaces.tsx';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { Ago, exactTime } from '../time/Time.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './settings.module.css';

const steps = ['STOPPING', 'REMOVING', 'FINISHED'] as const;

/** How far a deletion is, live; once it has finished, its receipt. */
export function DeletionProgress({ id }: { readonly id: string }) {
  const { client, handleAuthError } = useSession();
  const queries = useQueryClient();
  const t = useWords('settings');
  const [deletion, setDeletion] = useState<Deletion | null>(null);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    const ending = new AbortController();
    const follow = async () => {
      for await (const state of client.deletions.watch(id, { signal: ending.signal })) {
        setDeletion(state);
        if (state.state === 'FINISHED') void queries.invalidateQueries({ queryKey: ['projects'] });
      }
    };
    keepFollowing(follow, ending.signal).catch((error: unknown) => {
      handleAuthError(error);
      setProblem(messageOf(error));
    });
    return () => ending.abort();
  }, [client, handleAuthError, queries, id]);

  if (problem) return <Notice tone="warn">{t('deletion.unknown', { problem })}</Notice>;
  if (!deletion) return <div role="status" className={styles.deletion} aria-label={t('common:loading')} />;
  const reached = steps.indexOf(deletion.state);
  const rows = deletion.removed.reduce((sum, { count }) => sum + count, 0);
  return (
    <Card className={styles.deletion} aria-label={t(`deletion.of.${deletion.kind}`)}>
      <div className={styles.deletionHead}>
        <strong>{t(`deletion.of.${deletion.kind}`)}</strong>
        <code>{deletion.projectId ?? deletion.organizationId}</code>
        <Badge tone={deletion.state === 'FINISHED' ? 'good' : 'warn'}>{t(`deletion.state.${deletion.state}`)}</Badge>
      </div>
      <ol className={styles.steps} aria-label={t('deletion.steps')}>
        {steps.map((step, place) => (
          <li key={step} data-reached={place <= reached} aria-current={place === reached ? 'step' : undefined}>
            {t(`deletion.step.${step}`)}
          </li>
        ))}
      </ol>
      <p role="status" className="number">
        {t('deletion.rows', { count: rows, amount: countText(rows) })}{' '}
        {deletion.finishedAt ? (
          t('deletion.finished', { time: exactTime(deletion.finishedAt) })
        ) : (
          <Trans t={t} i18nKey="deletion.running" components={{ ago: <Ago time={deletion.startedAt} /> }} />
        )}
      </p>
      {deletion.state === 'FINISHED' && (
        <details>
          <summary>{t('deletion.receipt')}</summary>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('deletion.table')}</th>
                <th scope="col" className={styles.end}>
                  {t('deletion.count')}
                </th>
              </tr>
            </thead>
            <tbody>
              {deletion.removed.map(({ table, count }) => (
                <tr key={table}>
                  <th scope="row">
                    <code>{table}</code>
                  </th>
                  <td className={`${styles.end} number`}>{countText(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </Card>
  );
}
