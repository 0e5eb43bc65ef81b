import type { DeliveryUpdate } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useRef, useState } from 'react';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { inBatches } from './batches.ts';
import { refetch } from './refetch.ts';
import type { Scope } from './scope.tsx';

type Listener = (updates: readonly DeliveryUpdate[]) => void;

/** Whether live updates arrive: not yet, now, or not for a while. */
export type Feed = 'connecting' | 'live' | 'lost';

interface Live {
  readonly feed: Feed;
  readonly listeners: Set<Listener>;
}

const LiveContext = createContext<Live>({ feed: 'connecting', listeners: new Set() });

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
  const { client, handleAuthError } = useSession();
  const queries = useQueryClient();
  const [feed, setFeed] = useState<Feed>('connecting');
  const listeners = useRef(new Set<Listener>()).current;
  const { organizationId, projectId } = { organizationId: undefined, projectId: undefined, ...filter };

  useEffect(() => {
    if (!allowed) return;
    const ending = new AbortController();
    const { signal } = ending;
    let reading: ReturnType<typeof setTimeout> | undefined;
    const batches = inBatches<DeliveryUpdate>((updates) => {
      for (const listener of listeners) listener(updates);
      reading ??= setTimeout(() => {
        reading = undefined;
        refetch(queries, ['webhooks']);
        refetch(queries, ['statistics']);
      }, webhooksEveryMs);
    });
    let lost = false;
    let missed = false;
    const onMissed = () => {
      missed = true;
    };
    const onConnection = (connected: boolean) => {
      if (signal.aborted) return;
      setFeed(connected ? 'live' : 'lost');
      // The server is back: failed requests are retried, and missed changes are fetched.
      if (connected && (lost || missed))
        void queries.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
      if (connected && missed) {
        void queries.resetQueries({ queryKey: ['deliveries'] });
        refetch(queries, ['delivery']);
      }
      lost = !connected;
      missed &&= !connected;
    };
    const follow = async () => {
      const watch = client.deliveries.watch({ organizationId, projectId }, { signal, onConnection });
      await watch.ready;
      // A change between the fetch and the subscription is in neither of them.
      refetch(queries, ['deliveries']);
      refetch(queries, ['delivery']);
      for await (const update of watch) batches.add(update);
    };
    const followHealth = async () => {
      for await (const _ of client.webhooks.watchHealth({ organizationId, projectId }, { signal })) {
        refetch(queries, ['webhooks']);
      }
    };
    keepFollowing(follow, signal, onMissed).catch(handleAuthError);
    keepFollowing(followHealth, signal).catch(handleAuthError);
    return () => {
      ending.abort();
      batches.stop();
      clearTimeout(reading);
      setFeed('connecting');
    };
  }, [client, organizationId, projectId, listeners, queries, allowed, handleAuthError]);

  return <LiveContext value={{ feed, listeners }}>{children}</LiveContext>;
}

export const useLive = (): Feed => useContext(LiveContext).feed;

/** Calls back for every change of a delivery within the scope. */
export function useDeliveryUpdates(listener: Listener): void {
  const { listeners } = useContext(LiveContext);
  const heard = useEffectEvent(listener);
  useEffect(() => {
    const each: Listener = (updates) => heard(updates);
    listeners.add(each);
    return () => void listeners.delete(each);
  }, [listeners]);
}
