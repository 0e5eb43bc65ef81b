import type { Delivery, Webhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { useScope } from '../shell/scope.tsx';
import { durationText } from '../time/duration.ts';
import { Countdown } from '../time/Time.tsx';
import styles from './webhooks.module.css';

interface ResultProps {
  readonly webhook: Webhook;
  /** Null while the request runs. */
  readonly sent: Delivery | null;
}

/** A test delivery's progress. It takes its space at once, so that nothing moves when the answer comes. */
export function TestResult({ webhook, sent }: ResultProps) {
  return (
    <div className={styles.test} role="status">
      {sent ? <Result webhook={webhook} sent={sent} /> : <Notice>Test is being sent…</Notice>}
    </div>
  );
}

function Result({ webhook, sent }: { readonly webhook: Webhook; readonly sent: Delivery }) {
  const { client } = useSession();
  const scope = useScope();
  const [told, setTold] = useState<Delivery>(sent);
  useDeliveryUpdates((updates) => {
    const update = updates.findLast(({ id }) => id === sent.id);
    if (update && update.version > told.version) setTold(update);
  });
  // Changes from before the live feed included it, and a failure's reason, which only attempts have.
  const read = useQuery({
    queryKey: ['delivery', sent.id, told.version],
    queryFn: ({ signal }) => client.deliveries.get(sent.id, { signal }),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 1_500),
  });
  const delivery = read.data && read.data.version >= told.version ? read.data : told;
  const error = read.data?.attempts.at(-1)?.error;

  return (
    <Notice tone={delivery.status === 'DELIVERED' ? 'good' : delivery.attemptCount > 0 ? 'bad' : 'accent'}>
      <strong>{headline(delivery)}</strong>
      {delivery.responseCode !== null && delivery.responseCode !== undefined && (
        <>
          {' '}
          <span className="number">
            HTTP {delivery.responseCode}
            {delivery.responseTime && ` in ${durationText(delivery.responseTime)}`}
          </span>
        </>
      )}
      {error && (
        <div className={styles.error} title={error}>
          {error}
        </div>
      )}
      {webhook.health === 'DISABLED' && <div>The webhook is still disabled: “Re-enable” puts it back to work.</div>}
      {webhook.health !== 'DISABLED' && !webhook.active && <div>The webhook is still switched off.</div>}
      {delivery.status === 'RETRYING' && delivery.nextAttemptAt && (
        <div>
          Next attempt <Countdown time={delivery.nextAttemptAt} />.
        </div>
      )}
      <div>
        <Link href={scope.path(`deliveries?webhook=${webhook.id}&delivery=${sent.id}`)}>Show the delivery</Link>
      </div>
    </Notice>
  );
}

const isOver = ({ status, attemptCount }: Delivery): boolean =>
  status === 'DELIVERED' || status === 'FAILED' || status === 'CANCELLED' || attemptCount > 0;

function headline({ status, attemptCount }: Delivery): string {
  if (status === 'DELIVERED') return 'Test delivered.';
  if (status === 'CANCELLED') return 'Test cancelled.';
  return attemptCount > 0 ? 'Test failed.' : 'Test is being sent…';
}
