import type { DeliveryUpdate } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useRef } from 'react';
import { useSession } from '../session/session.tsx';
import { inBatches } from './batches.ts';
import { useFeed } from './feeds.tsx';
import { refetch } from './refetch.ts';
import type { Scope } from './scope.tsx';

export { useLive } from './feeds.tsx';

/**
 * For queries that a page keeps up to date by the feed only while it shows them: what was told meanwhile, nobody heard. They are read
 * again whenever they are shown again.
 */
export const heardWhileShown = { staleTime: 0 } as const;

interface Listener {
  heard(updates: readonly DeliveryUpdate[]): void;
  missed(): void;
}

const ListenersContext = createContext<Set<Listener>>(new Set());

/** Cards show the effect of deliveries on their webhooks, refetched at most this often. */
const webhooksEveryMs = 1_500;

interface LiveProps {
  readonly filter: Scope['filter'];
  /** Whether the viewer may watch. */
  readonly allowed: boolean;
  readonly children: ReactNode;
}

/** One live feed for everything on the page. */
export function LiveDeliveries({ filter, allowed, children }: LiveProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const listeners = useRef(new Set<Listener>()).current;
  const key = allowed ? JSON.stringify(filter) : null;
  const tellMissed = () => {
    for (const { missed } of listeners) missed();
  };

  useFeed(
    key,
    async (options) => {
      let reading: ReturnType<typeof setTimeout> | undefined;
      const batches = inBatches<DeliveryUpdate>((updates) => {
        for (const { heard } of listeners) heard(updates);
        reading ??= setTimeout(() => {
          reading = undefined;
          refetch(queries, ['webhooks']);
          refetch(queries, ['statistics']);
        }, webhooksEveryMs);
      });
      options.signal.addEventListener('abort', () => {
        batches.stop();
        clearTimeout(reading);
      });
      const watch = client.deliveries.watch(filter, options);
      await watch.ready;
      // A change between the fetch and the subscription is in neither of them.
      refetch(queries, ['deliveries']);
      tellMissed();
      for await (const update of watch) batches.add(update);
    },
    (missed) => {
      // The server is back: failed requests are retried, and missed changes are fetched.
      void queries.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
      if (!missed) return;
      void queries.resetQueries({ queryKey: ['deliveries'] });
      tellMissed();
      refetch(queries, ['statistics']);
    },
  );

  useFeed(
    key,
    async (options) => {
      for await (const _ of client.webhooks.watchHealth(filter, options)) refetch(queries, ['webhooks']);
    },
    (missed) => {
      if (missed) refetch(queries, ['webhooks']);
    },
  );

  return <ListenersContext value={listeners}>{children}</ListenersContext>;
}

/**
 * Calls back for every change of a delivery within the scope.
 *
 * @param onUpdates - gets the changes, some at a time
 * @param onMissed - there may have been others: the feed begins, or was away. What was read before is read again
 */
export function useDeliveryUpdates(
  onUpdates: (updates: readonly DeliveryUpdate[]) => void,
  onMissed: () => void,
): void {
  const listeners = useContext(ListenersContext);
  const heard = useEffectEvent(onUpdates);
  const missed = useEffectEvent(onMissed);
  useEffect(() => {
    const each: Listener = { heard: (updates) => heard(updates), missed: () => missed() };
    listeners.add(each);
    return () => void listeners.delete(each);
  }, [listeners]);
}
