import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { readStatistics } from '../statistics/statistics.ts';

/** There may be a thousand webhooks: each one's figures are refetched at most this often. */
const everyMs = 15_000;
/** Deliveries of one batch end together. */
const gatherMs = 1_500;

/** A webhook's success rate of the last day, fetched while it is visible, and again after deliveries to it. */
export function useDailySuccess(webhookId: string, isOnScreen: boolean) {
  const { client } = useSession();
  const queries = useQueryClient();
  const queryKey = ['dailySuccess', webhookId];
  const { data, dataUpdatedAt } = useQuery({
    queryKey,
    queryFn: ({ signal }) => readStatistics(client, { webhookId }, 'day', signal),
    enabled: isOnScreen,
    staleTime: everyMs,
    // Hours pass, too, and the feed may have missed changes.
    refetchInterval: 60_000,
  });
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useDeliveryUpdates((updates) => {
    if (waiting.current !== undefined || !updates.some(({ webhook }) => webhook?.id === webhookId)) return;
    const wait = Math.max(gatherMs, dataUpdatedAt + everyMs - Date.now());
    waiting.current = setTimeout(() => {
      waiting.current = undefined;
      void queries.invalidateQueries({ queryKey });
    }, wait);
  });
  useEffect(() => () => clearTimeout(waiting.current), []);
  return data;
}
