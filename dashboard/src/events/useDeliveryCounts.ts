import type { DeliveryCounts } from '@everhook/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';

/** As many as one request takes. */
const atOnce = 100;
/** Rows that scroll by are gathered for so long, and live changes for longer. */
const gatherMs = 60;
const changedMs = 1_000;

/** The deliveries of the events in sight by status, kept up to date. An event that is not there yet is being asked for. */
export function useDeliveryCounts(ids: readonly string[]): ReadonlyMap<string, DeliveryCounts> {
  const { client, handleAuthError } = useSession();
  const [counts, setCounts] = useState<ReadonlyMap<string, DeliveryCounts>>(new Map());
  const seen = useRef(new Set<string>());
  const wanted = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const ask = useCallback(
    (afterMs: number) => {
      timer.current ??= setTimeout(async () => {
        timer.current = undefined;
        const next = [...wanted.current].slice(0, atOnce);
        for (const id of next) wanted.current.delete(id);
        if (next.length === 0) return;
        try {
          const found = await client.events.deliveryCounts(next);
          setCounts((now) => new Map([...now, ...found]));
        } catch (error) {
          // They are asked for again when they come into sight, or change.
          for (const id of next) seen.current.delete(id);
          handleAuthError(error);
        }
        if (wanted.current.size > 0) ask(gatherMs);
      }, afterMs);
    },
    [client, handleAuthError],
  );
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );

  const inSight = ids.join(' ');
  useEffect(() => {
    for (const id of inSight === '' ? [] : inSight.split(' ')) {
      if (seen.current.has(id)) continue;
      seen.current.add(id);
      wanted.current.add(id);
    }
    if (wanted.current.size > 0) ask(gatherMs);
  }, [inSight, ask]);

  const askAgain = (changed: Iterable<string>, afterMs: number) => {
    const near = new Set(ids);
    for (const id of changed) {
      // What is out of sight is asked for again when it comes back.
      if (near.has(id)) wanted.current.add(id);
      else seen.current.delete(id);
    }
    if (wanted.current.size > 0) ask(afterMs);
  };
  useDeliveryUpdates(
    (updates) => {
      const changed = updates.flatMap(({ event }) => (event && seen.current.has(event.id) ? [event.id] : []));
      if (changed.length > 0) askAgain(changed, changedMs);
    },
    () => askAgain(seen.current, gatherMs),
  );
  return counts;
}
