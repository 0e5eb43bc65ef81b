import type { DeliveryDetail } from '@everhook/sdk';
import { Notice } from '../design/Surfaces.tsx';
import { durationText } from '../time/duration.ts';
import { Countdown, exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { Body, HeaderTable } from './Message.tsx';
import { laterAttempts } from './schedule.ts';

/** Of a long schedule the first ones and the last one say enough. */
const maxLater = 6;

/** The schedule of a delivery as a timeline: the attempts so far, the next one, and what comes if it fails. */
export function Attempts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const t = useWords('deliveries');
  const { attempts, retry, status, nextAttemptAt } = delivery;
  const next = retry?.nextAttemptAt ?? (status === 'RETRYING' || status === 'PENDING' ? nextAttemptAt : null);
  if (attempts.length === 0 && !next && status !== 'HELD' && status !== 'SENDING') return null;
  return (
    <section className={styles.section}>
      <div className={styles.heading}>
        <h3>{t('attempts.title')}</h3>
        {retry?.url && (
          <a href={retry.url} target="_blank" rel="noreferrer">
            {t('attempts.temporal')}
          </a>
        )}
      </div>
      <ol className={styles.timeline}>
        {attempts.map((attempt) => (
          <li key={attempt.number} className={styles.attempt} data-outcome={attempt.outcome}>
            <details open={attempts.length === 1}>
              <summary>
                <strong>{`${attempt.number}. ${t(`outcome.${attempt.outcome}`)}`}</strong>{' '}
                <span className="number">
                  {attempt.responseCode !== null &&
                    attempt.responseCode !== undefined &&
                    `HTTP ${attempt.responseCode} · `}
                  {durationText(attempt.duration)}
                  {' · '}
                  <span className="muted">{exactTime(attempt.startedAt)}</span>
                </span>
              </summary>
              <div className={styles.answer}>
                {attempt.error && <Notice tone="bad">{attempt.error}</Notice>}
                {attempt.responseHeaders && attempt.responseHeaders.length > 0 && (
                  <HeaderTable
                    headers={attempt.responseHeaders}
                    label={t('attempts.headers', { number: attempt.number })}
                  />
                )}
                {attempt.responseBody ? (
                  <Body text={attempt.responseBody} label={t('attempts.body', { number: attempt.number })} />
                ) : (
                  attempt.responseCode && <p className="muted">{t('attempts.noBody')}</p>
                )}
                {attempt.responseTruncated && <p className="muted">{t('attempts.truncated')}</p>}
              </div>
            </details>
          </li>
        ))}
        {status === 'SENDING' && (
          <li className={styles.attempt} data-outcome="sending">
            {t('attempts.sending')}
          </li>
        )}
        {status === 'HELD' && (
          <li className={styles.attempt} data-outcome="next">
            {t('attempts.held')}
          </li>
        )}
        {next && status !== 'SENDING' && (
          <li className={styles.attempt} data-outcome="next">
            <span className={styles.next}>
              {t('attempts.next')} <Countdown time={next} />
            </span>{' '}
            <span className="muted number">{exactTime(next)}</span>
          </li>
        )}
        {retry && <Later retry={retry} />}
      </ol>
    </section>
  );
}

function Later({ retry }: { readonly retry: NonNullable<DeliveryDetail['retry']> }) {
  const t = useWords('deliveries');
  const later = laterAttempts(retry);
  const last = later.at(-1);
  const shown = later.length > maxLater ? later.slice(0, maxLater - 1) : later;
  const left = later.length - shown.length;
  return (
    <>
      {shown.map(({ number, after, at }) => (
        <li key={number} className={styles.attempt} data-outcome="later">
          <span className="number">
            {t('attempts.later', { number, after: durationText(after) })}{' '}
            <span className="muted">{t('attempts.about', { time: exactTime(at) })}</span>
          </span>
        </li>
      ))}
      {left > 0 && last && (
        <li className={styles.attempt} data-outcome="later">
          {t('attempts.more', { count: left })}{' '}
          <span className="muted number">{t('attempts.lastAbout', { time: exactTime(last.at) })}</span>
        </li>
      )}
      <li className={styles.attempt} data-outcome="end">
        <span className="muted">{later.length === 0 ? t('attempts.endNext') : t('attempts.end')}</span>
      </li>
    </>
  );
}
