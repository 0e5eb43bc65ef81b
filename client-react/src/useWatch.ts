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

/**
 * Follows a feed while the component is there; once it runs it reconnects by itself, and misses nothing.
 *
 * @param key - names what is followed; null follows nothing
 */
export function useWatch<Item extends Watched>(
  key: string | null,
  watch: (options: { signal: AbortSignal; onConnection(connected: boolean): void }) => Watch<Item>,
  onItem: (item: Item) => void,
): Live {
  const [live, setLive] = useState<Live>({ connection: 'connecting', error: null });
  const latest = useRef({ watch, onItem });
  latest.current = { watch, onItem };

  useEffect(() => {
    if (key === null) return;
    const ending = new AbortController();
    const { signal } = ending;
    const set = (next: Live) => {
      if (!signal.aborted) setLive(next);
    };
    set({ connection: 'connecting', error: null });
    const follow = async (): Promise<void> => {
      const onConnection = (connected: boolean) => set({ connection: connected ? 'live' : 'lost', error: null });
      for (;;) {
        try {
          for await (const item of latest.current.watch({ signal, onConnection })) latest.current.onItem(item);
          return;
        } catch (problem) {
          if (signal.aborted) return;
          // It could not begin, for a reason that passes.
          if (!(problem instanceof EverhookError && passing.has(problem.code))) throw problem;
          set({ connection: 'lost', error: problem });
          await new Promise((resolve) => setTimeout(resolve, restMs));
          if (signal.aborted) return;
        }
      }
    };
    follow().then(
      () => set({ connection: 'ended', error: null }),
      (problem: unknown) =>
        set({ connection: 'ended', error: problem instanceof Error ? problem : new Error(String(problem)) }),
    );
    return () => ending.abort();
  }, [key]);

  return live;
}
