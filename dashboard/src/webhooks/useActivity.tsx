import type { WebhookActivity } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import DataLoader from 'dataloader';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { refetch } from '../shell/refetch.ts';

/** There may be a thousand webhooks: each one's figures are refetched at most this often. */
const everyMs = 15_000;
/** Deliveries of one batch end together. */
const gatherMs = 1_500;
/** What comes into sight together is asked for together. */
const togetherMs = 25;
const maxTogether = 50;

type Load = (id: string) => Promise<WebhookActivity | null>;

const LoadContext = createContext<Load>(async () => null);

/** Reads the activities that the elements below ask for, many by one call. */
export function Activities({ children }: { readonly children: ReactNode }) {
  const { client } = useSession();
  const load = useMemo<Load>(() => {
    const loader = new DataLoader<string, WebhookActivity | null>(
      async (ids) => {
        const found = new Map((await client.webhooks.activity(ids)).map((each) => [each.id, each]));
        return ids.map((id) => found.get(id) ?? null);
      },
      { cache: false, maxBatchSize: maxTogether, batchScheduleFn: (run) => setTimeout(run, togetherMs) },
    );
    return (id) => loader.load(id);
  }, [client]);
  return <LoadContext value={load}>{children}</LoadContext>;
}

export const activityKey = (webhookId: string) => ['activity', webhookId] as const;

interface Options {
  readonly enabled?: boolean;
  /** The least time between two reads after deliveries. */
  readonly atMostEveryMs?: number;
  /** The time between two reads without any: hours pass, and events are missed. */
  readonly alsoEveryMs?: number;
}

/** What goes through a webhook, read while it is enabled, and again after deliveries to it. */
export function useActivity(
  webhookId: string,
  { enabled = true, atMostEveryMs = everyMs, alsoEveryMs = 60_000 }: Options = {},
) {
  const load = useContext(LoadContext);
  const queries = useQueryClient();
  const queryKey = activityKey(webhookId);
  const query = useQuery({
    queryKey,
    queryFn: () => load(webhookId),
    enabled,
    staleTime: everyMs,
    refetchInterval: alsoEveryMs,
  });
  const { dataUpdatedAt } = query;
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const readSoon = () => {
    const wait = Math.max(gatherMs, dataUpdatedAt + atMostEveryMs - Date.now());
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      refetch(queries, queryKey);
    }, wait);
  };
  useDeliveryUpdates((updates) => {
    if (updates.some(({ webhook }) => webhook?.id === webhookId)) readSoon();
  }, readSoon);
  useEffect(() => () => clearTimeout(waiting.current), []);
  return query;
}
