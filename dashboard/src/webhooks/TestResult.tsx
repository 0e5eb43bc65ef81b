import type { Delivery, Webhook } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { refetch } from '../shell/refetch.ts';
import { useScope } from '../shell/scope.tsx';
import { durationText } from '../time/duration.ts';
import { Countdown } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { standingOf } from './standing.ts';
import styles from './webhooks.module.css';

interface ResultProps {
  readonly webhook: Webhook;
  /** Null while the request runs. */
  readonly sent: Delivery | null;
}

/** A test delivery's progress. It takes its space at once, so that nothing moves when the answer comes. */
export function TestResult({ webhook, sent }: ResultProps) {
  const t = useWords('webhooks');
  return (
    <div className={styles.test} role="status">
      {sent ? <Result webhook={webhook} sent={sent} /> : <Notice>{t('test.sending')}</Notice>}
    </div>
  );
}

function Result({ webhook, sent }: { readonly webhook: Webhook; readonly sent: Delivery }) {
  const { client } = useSession();
  const scope = useScope();
  const t = useWords('webhooks');
  const queries = useQueryClient();
  const [told, setTold] = useState<Delivery>(sent);
  useDeliveryUpdates(
    (updates) => {
      const update = updates.findLast(({ id }) => id === sent.id);
      if (update && update.version > told.version) setTold(update);
    },
    () => refetch(queries, ['delivery', sent.id]),
  );
  // Changes from before the live feed included it, and a failure's reason, which only attempts have.
  const read = useQuery({
    queryKey: ['delivery', sent.id, told.version],
    queryFn: ({ signal }) => client.deliveries.get(sent.id, { signal }),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 1_500),
  });
  const delivery = read.data && read.data.version >= told.version ? read.data : told;
  const over = isOver(delivery);
  // Its time, and what else the test told, is shown at once.
  useEffect(() => {
    if (over) void queries.invalidateQueries({ queryKey: ['webhooks'] });
  }, [over, queries]);
  const standing = standingOf(webhook);
  const error = read.data?.attempts.at(-1)?.error;

  return (
    <Notice tone={delivery.status === 'DELIVERED' ? 'good' : delivery.attemptCount > 0 ? 'bad' : 'accent'}>
      <strong>{t(`test.${headline(delivery)}`)}</strong>
      {delivery.responseCode !== null && delivery.responseCode !== undefined && (
        <>
          {' '}
          <span className="number">
            {delivery.responseTime
              ? t('test.answerIn', { code: delivery.responseCode, span: durationText(delivery.responseTime) })
              : t('test.answer', { code: delivery.responseCode })}
          </span>
        </>
      )}
      {error && (
        <div className={styles.error} title={error}>
          {error}
        </div>
      )}
      {standing === 'disabled' && <div>{t('test.stillDisabled')}</div>}
      {standing === 'off' && <div>{t('test.stillOff')}</div>}
      {standing === 'paused' && <div>{t('test.stillPaused')}</div>}
      {delivery.status === 'RETRYING' && delivery.nextAttemptAt && (
        <div>
          {t('test.next')} <Countdown time={delivery.nextAttemptAt} />
        </div>
      )}
      <div>
        <Link href={scope.path(`deliveries?webhook=${webhook.id}&delivery=${sent.id}`)}>{t('test.show')}</Link>
      </div>
    </Notice>
  );
}

const isOver = ({ status, attemptCount }: Delivery): boolean =>
  status === 'DELIVERED' || status === 'FAILED' || status === 'CANCELLED' || attemptCount > 0;

function headline({ status, attemptCount }: Delivery): 'delivered' | 'cancelled' | 'failed' | 'sending' {
  if (status === 'DELIVERED') return 'delivered';
  if (status === 'CANCELLED') return 'cancelled';
  return attemptCount > 0 ? 'failed' : 'sending';
}
