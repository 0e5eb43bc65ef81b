import type { Delivery, Page, PublishedEvent } from '@everhook/sdk';
import { useState } from 'react';
import { Link } from 'wouter';
import { EventFanOutDocument } from '../../../client-sdk/src/generated/operations.ts';
import { statuses } from '../deliveries/status.ts';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { useScope } from '../shell/scope.tsx';
import { durationText } from '../time/duration.ts';
import { Countdown } from '../time/Time.tsx';
import styles from './events.module.css';

interface Found {
  readonly event: {
    readonly deliveries: Pick<Page<FanOutDelivery>, 'pageInfo'> & {
      readonly edges: readonly { readonly node: FanOutDelivery }[];
    };
  } | null;
}

type FanOutDelivery = Pick<
  Delivery,
  'id' | 'status' | 'version' | 'responseCode' | 'responseTime' | 'nextAttemptAt' | 'webhook'
>;

const nothingMore = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

/** The deliveries of one event, updated live. */
export function FanOut({ event }: { readonly event: PublishedEvent }) {
  const { client } = useSession();
  const scope = useScope();
  const [told, setTold] = useState<ReadonlyMap<string, Delivery>>(new Map());
  const found = useOlder(['fanOut', event.id], async ({ signal, after }): Promise<Page<FanOutDelivery>> => {
    const answer = await client.query<Found>(String(EventFanOutDocument), { id: event.id, after }, { signal });
    const { edges = [], pageInfo = nothingMore } = answer.event?.deliveries ?? {};
    return { items: edges.map(({ node }) => node), pageInfo };
  });
  useDeliveryUpdates((updates) => {
    const ours = updates.filter((update) => update.event?.id === event.id);
    if (ours.length > 0) setTold((now) => new Map([...now, ...ours.map((update) => [update.id, update] as const)]));
  });
  const deliveries = found.items?.map((delivery) => {
    const update = told.get(delivery.id);
    return update && update.version > delivery.version ? update : delivery;
  });
  return (
    <div className={styles.fanout}>
      <div>
        <h2>{event.type}</h2>
        <code className="muted">{event.id}</code>
      </div>
      {found.isPending && <Loading rows={3} height="2.5rem" />}
      {found.isError && <Failure error={found.error} retry={() => void found.refetch()} />}
      {deliveries?.length === 0 && <p>No webhook here is subscribed to it, so it went nowhere.</p>}
      <ul>
        {deliveries?.map((delivery) => (
          <li key={delivery.id} className={styles.branch}>
            <Link href={scope.path(`deliveries?delivery=${delivery.id}`)}>{delivery.webhook?.name ?? 'A webhook'}</Link>
            <span className="number muted">
              {delivery.status === 'RETRYING' && delivery.nextAttemptAt ? (
                <>
                  next <Countdown time={delivery.nextAttemptAt} />
                </>
              ) : (
                delivery.responseTime && durationText(delivery.responseTime)
              )}
            </span>
            <span className="number">{delivery.responseCode}</span>
            <Badge tone={statuses[delivery.status].tone}>{statuses[delivery.status].text}</Badge>
          </li>
        ))}
      </ul>
      <ShowOlder list={found} label="Show more" />
    </div>
  );
}
