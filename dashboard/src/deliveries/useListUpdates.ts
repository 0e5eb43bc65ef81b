import type { DeliveryUpdate } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffectEvent } from 'react';
import { useSession } from '../session/session.tsx';
import { inBatches } from '../shell/batches.ts';
import { useFeed } from '../shell/feeds.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { refetch } from '../shell/refetch.ts';
import { useScope } from '../shell/scope.tsx';
import type { Filters } from './filters.ts';

type Listener = (updates: readonly DeliveryUpdate[]) => void;

/**
 * Changes of deliveries that may belong to a list. Deliveries do not tell their events' labels, so a list by labels has a feed of
 * its own that the server filters; every other shares the page's.
 */
export function useListUpdates({ labels }: Filters, listener: Listener): void {
  const { client } = useSession();
  const queries = useQueryClient();
  const { filter, may } = useScope();
  const heard = useEffectEvent(listener);
  const own = labels && may('WEBHOOK_READ') ? JSON.stringify({ filter, labels }) : null;

  useDeliveryUpdates(
    (updates) => {
      if (!labels) heard(updates);
    },
    // The feed itself has lists read again.
    () => {},
  );

  useFeed(
    own,
    async (options) => {
      const batches = inBatches<DeliveryUpdate>((updates) => heard(updates));
      options.signal.addEventListener('abort', batches.stop);
      const wanted = Object.fromEntries(labels ?? []);
      const watch = client.deliveries.watch({ ...filter, labels: wanted }, options);
      await watch.ready;
      // A change between the list's reading and this is in neither of them.
      refetch(queries, ['deliveries']);
      for await (const update of watch) batches.add(update);
    },
    (missed) => {
      if (missed) void queries.resetQueries({ queryKey: ['deliveries'] });
    },
  );
}
