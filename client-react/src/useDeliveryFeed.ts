'use client';

import type { DeliveryUpdate, WatchFilter } from '@everhook/sdk';
import { useRef, useState } from 'react';
import { useEverhook } from './EverhookProvider.tsx';
import { type Live, useWatch } from './useWatch.ts';

/** Which deliveries, and how many are kept. */
export interface UseDeliveryFeedOptions extends WatchFilter {
  /** How many of the newest are kept. @default 100 */
  readonly limit?: number | undefined;
  /** Called with every update, also with those of deliveries that are no longer kept. */
  readonly onUpdate?: ((update: DeliveryUpdate) => void) | undefined;
  /** Called where the connection was away for over 7 days: updates are missing from then, so load anew what you show beside. */
  readonly onMissed?: (() => void) | undefined;
}

/** Deliveries that changed since the component is there, the newest first, each in its latest state. */
export interface DeliveryFeed extends Live {
  readonly deliveries: readonly DeliveryUpdate[];
}

/** Updates are shown in batches, so that a burst does not block the page. */
const gatherMs = 100;

/** Follows deliveries as they happen. */
export function useDeliveryFeed({
  limit = 100,
  onUpdate,
  onMissed,
  ...filter
}: UseDeliveryFeedOptions = {}): DeliveryFeed {
  const client = useEverhook();
  const key = JSON.stringify(filter);
  const [kept, setKept] = useState<{ key: string; deliveries: readonly DeliveryUpdate[] }>({ key, deliveries: [] });
  const gathered = useRef<{ key: string; updates: DeliveryUpdate[] }>({ key, updates: [] });

  const live = useWatch(
    key,
    (options) => client.deliveries.watch(filter, options),
    (update) => {
      onUpdate?.(update);
      // What another filter gathered is not this one's.
      if (gathered.current.key !== key) gathered.current = { key, updates: [] };
      const batch = gathered.current.updates;
      if (batch.push(update) > 1) return;
      setTimeout(() => {
        const updates = batch.splice(0);
        setKept((before) => {
          const byId = new Map((before.key === key ? before.deliveries : []).map((each) => [each.id, each]));
          for (const each of updates) byId.set(each.id, each);
          // Ids ascend with the time.
          const deliveries = [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
          return { key, deliveries };
        });
      }, gatherMs);
    },
    () => onMissed?.(),
  );
  return { ...live, deliveries: kept.key === key ? kept.deliveries : [] };
}
