'use client';

import { EverhookError, type Watch, type Watched } from '@everhook/sdk';
import { useEffect, useRef, useState } from 'react';

/** Whether live updates arrive: not yet, now, not for a while, or not any more. */
export type Connection = 'connecting' | 'live' | 'lost' | 'ended';

/** How a live feed is. */
export interface Live {
  readonly connection: Connection;
  /** Why it ended. */
  readonly error: Error | null;
}

const passing: ReadonlySet<string> = new Set(['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL']);
const restMs = 3_000;

/** What is no error of the client is of its key's function, which the same network keeps from its server. */
const passes = (problem: unknown) => !(problem instanceof EverhookError) || passing.has(problem.code);
const asError = (problem: unknown) => (problem instanceof Error ? problem : new Error(String(problem)));

/**
 * Follows a feed while the component is there; once it runs it reconnects by itself, and misses nothing, unless it was away for 7 days.
 *
 * @param key - names what is followed; null follows nothing
 * @param onBegun - called once from where on nothing is missed: what was read before may lack what changed until then
 * @param onMissed - called where it was away for longer: what was loaded may be out of date
 */
export function useWatch<Item extends Watched>(
  key: string | null,
  watch: (options: { signal: AbortSignal; onConnection(connected: boolean): void; onMissed(): void }) => Watch<Item>,
  onItem: (item: Item) => void,
  onMissed: () => void,
  onBegun: () => void = () => {},
): Live {
  const [live, setLive] = useState<Live>({ connection: 'connecting', error: null });
  const latest = useRef({ watch, onItem, onMissed, onBegun });
  latest.current = { watch, onItem, onMissed, onBegun };

  useEffect(() => {
    if (key === null) return;
    const ending = new AbortController();
    const { signal } = ending;
    const set = (next: Live) => {
      if (!signal.aborted) setLive(next);
    };
    set({ connection: 'connecting', error: null });
    const follow = async (): Promise<void> => {
      const missed = () => latest.current.onMissed();
      for (;;) {
        let begun = false;
        let handing = false;
        const onConnection = (connected: boolean) => {
          set({ connection: connected ? 'live' : 'lost', error: null });
          if (begun || !connected || signal.aborted) return;
          begun = true;
          latest.current.onBegun();
        };
        try {
          const items = latest.current.watch({ signal, onConnection, onMissed: missed });
          for await (const item of items) {
            handing = true;
            latest.current.onItem(item);
            handing = false;
          }
          return;
        } catch (problem) {
          if (signal.aborted) return;
          // It could not begin, for a reason that passes.
          if (handing || !passes(problem)) throw problem;
          set({ connection: 'lost', error: asError(problem) });
          await new Promise((resolve) => setTimeout(resolve, restMs));
          if (signal.aborted) return;
        }
      }
    };
    follow().then(
      () => set({ connection: 'ended', error: null }),
      (problem: unknown) => set({ connection: 'ended', error: asError(problem) }),
    );
    return () => ending.abort();
  }, [key]);

  return live;
}
