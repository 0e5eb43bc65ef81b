import type { DeliveryUpdate } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useRef, useState } from 'react';
import { useSession } from '../session/session.tsx';
import type { Scope } from './scope.tsx';

type Listener = (updates: readonly DeliveryUpdate[]) => void;

interface Live {
  /** Whether changes arrive by themselves. */
  readonly on: boolean;
  readonly listeners: Set<Listener>;
}

const LiveContext = createContext<Live>({ on: false, listeners: new Set() });

/** Changes are shown together, at most this often, so that a burst of thousands does not occupy the page. */
const gatherMs = 120;
/** Cards show what deliveries did to their webhooks, read again at most this often. */
const webhooksEveryMs = 1_500;

interface LiveProps {
  readonly filter: Scope['filter'];
  /** Whether the viewer may watch. */
  readonly allowed: boolean;
  readonly children: ReactNode;
}

/** One live feed for everything that is shown. */
export function LiveDeliveries({ filter, allowed, children }: LiveProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const [on, setOn] = useState(false);
  const listeners = useRef(new Set<Listener>()).current;
  const { organizationId, projectId } = { organizationId: undefined, projectId: undefined, ...filter };

  useEffect(() => {
    if (!allowed) return;
    const ending = new AbortController();
    const { signal } = ending;
    let gathered: DeliveryUpdate[] = [];
    let telling: ReturnType<typeof setTimeout> | undefined;
    let reading: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      telling = undefined;
      const updates = gathered;
      gathered = [];
      for (const listener of listeners) listener(updates);
      reading ??= setTimeout(() => {
        reading = undefined;
        void queries.invalidateQueries({ queryKey: ['webhooks'] });
        void queries.invalidateQueries({ queryKey: ['statistics'] });
      }, webhooksEveryMs);
    };
    const follow = async () => {
      const watch = client.deliveries.watch({ organizationId, projectId }, { signal });
      await watch.ready;
      setOn(!signal.aborted);
      for await (const update of watch) {
        gathered.push(update);
        telling ??= setTimeout(tell, gatherMs);
      }
    };
    const followHealth = async () => {
      for await (const _ of client.webhooks.watchHealth({ organizationId, projectId }, { signal })) {
        void queries.invalidateQueries({ queryKey: ['webhooks'] });
      }
    };
    followHealth().catch(() => {});
    follow()
      .catch(() => {})
      .finally(() => !signal.aborted && setOn(false));
    return () => {
      ending.abort();
      clearTimeout(telling);
      clearTimeout(reading);
      setOn(false);
    };
  }, [client, organizationId, projectId, listeners, queries, allowed]);

  return <LiveContext value={{ on, listeners }}>{children}</LiveContext>;
}

export const useLive = (): boolean => useContext(LiveContext).on;

/** Calls with every change of a delivery within the scope. */
export function useDeliveryUpdates(listener: Listener): void {
  const { listeners } = useContext(LiveContext);
  const heard = useEffectEvent(listener);
  useEffect(() => {
    const each: Listener = (updates) => heard(updates);
    listeners.add(each);
    return () => void listeners.delete(each);
  }, [listeners]);
}
