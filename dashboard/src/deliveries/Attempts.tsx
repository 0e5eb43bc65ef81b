import type { DeliveryDetail } from '@everhook/sdk';
import { Notice } from '../design/Surfaces.tsx';
import { durationText } from '../time/duration.ts';
import { Countdown, exactTime } from '../time/Time.tsx';
import styles from './deliveries.module.css';
import { Body, HeaderTable } from './Message.tsx';
import { outcomes } from './status.ts';

/** The attempts so far, and the next one. */
export function Attempts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { attempts, nextAttemptAt, status } = delivery;
  const waiting = nextAttemptAt && (status === 'RETRYING' || status === 'PENDING');
  if (attempts.length === 0 && !waiting) return null;
  return (
    <section className={styles.section}>
      <h3>Attempts</h3>
      <ol className={styles.timeline}>
        {attempts.map((attempt) => (
          <li key={attempt.number} className={styles.attempt} data-outcome={attempt.outcome}>
            <details open={attempts.length === 1}>
              <summary>
                <strong>
                  {attempt.number}. {outcomes[attempt.outcome]}
                </strong>{' '}
                <span className="number">
                  {attempt.responseCode !== null &&
                    attempt.responseCode !== undefined &&
                    `HTTP ${attempt.responseCode} · `}
                  {durationText(attempt.duration)} · <span className="muted">{exactTime(attempt.startedAt)}</span>
                </span>
              </summary>
              <div className={styles.answer}>
                {attempt.error && <Notice tone="bad">{attempt.error}</Notice>}
                {attempt.responseHeaders && attempt.responseHeaders.length > 0 && (
                  <HeaderTable
                    headers={attempt.responseHeaders}
                    label={`Response headers of attempt ${attempt.number}`}
                  />
                )}
                {attempt.responseBody ? (
                  <Body text={attempt.responseBody} label={`response body of attempt ${attempt.number}`} />
                ) : (
                  attempt.responseCode && <p className="muted">The response had no body.</p>
                )}
                {attempt.responseTruncated && (
                  <p className="muted">The response was longer: its first 64 KiB are kept.</p>
                )}
              </div>
            </details>
          </li>
        ))}
        {waiting && (
          <li className={styles.attempt} data-outcome="next">
            Next attempt <Countdown time={nextAttemptAt} />
          </li>
        )}
      </ol>
    </section>
  );
}
