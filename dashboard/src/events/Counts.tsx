import type { DeliveryCounts, DeliveryStatus } from '@everhook/sdk';
import { tones } from '../deliveries/status.ts';
import { Badge, Skeleton } from '../design/Surfaces.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';

/** What needs somebody comes first. */
const order: readonly DeliveryStatus[] = ['FAILED', 'RETRYING', 'HELD', 'SENDING', 'PENDING', 'DELIVERED', 'CANCELLED'];

/** How many deliveries of an event are in which state. */
export function Counts({ counts }: { readonly counts: DeliveryCounts | undefined }) {
  const t = useWords('events');
  const of = useWords('deliveries');
  if (!counts) return <Skeleton height="1rem" width="5rem" />;
  const some = order.filter((status) => counts[status]);
  if (some.length === 0) return <span className="muted">{t('log.noDeliveries')}</span>;
  return some.map((status) => (
    <Badge key={status} tone={tones[status]}>
      <span className="number">{countText(counts[status] ?? 0)}</span>{' '}
      <span className={styles.state} title={of(`status.${status}`)}>
        {of(`status.${status}`)}
      </span>
    </Badge>
  ));
}
