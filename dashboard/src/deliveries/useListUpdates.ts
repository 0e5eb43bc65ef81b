import type { DeliveryUpdate } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useMemo } from 'react';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { inBatches } from '../shell/batches.ts';
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
  const { client, handleAuthError } = useSession();
  const queries = useQueryClient();
  const { filter, may } = useScope();
  const heard = useEffectEvent(listener);
  const key = labels && JSON.stringify(labels);
  const wanted = useMemo(() => (key === null ? null : Object.fromEntries(parseJson(key) as [string, string][])), [key]);
  const allowed = may('WEBHOOK_READ');
  const { organizationId, projectId } = { organizationId: undefined, projectId: undefined, ...filter };

  useDeliveryUpdates((updates) => {
    if (wanted === null) heard(updates);
  });

  useEffect(() => {
    if (wanted === null || !allowed) return;
    const ending = new AbortController();
    const batches = inBatches<DeliveryUpdate>((updates) => heard(updates));
    const follow = async () => {
      const watched = { organizationId, projectId, labels: wanted };
      const watch = client.deliveries.watch(watched, { signal: ending.signal });
      await watch.ready;
      // A change between the list's reading and this is in neither of them.
      refetch(queries, ['deliveries']);
      for await (const update of watch) batches.add(update);
    };
    keepFollowing(follow, ending.signal).catch(handleAuthError);
    return () => {
      ending.abort();
      batches.stop();
    };
  }, [client, queries, organizationId, projectId, wanted, allowed, handleAuthError]);
}
