import type { Everhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { type Scope, useScope } from '../shell/scope.tsx';
import { type Span, spans } from './spans.ts';
import { totalOf } from './totalOf.ts';

type Counted = { readonly webhookId: string } | Scope['filter'];

/** Reads the delivery statistics of a scope, or of one webhook. */
export function readStatistics(client: Everhook, scope: Counted, span: Span, signal: AbortSignal) {
  const { ms, bucket, bucketMs } = spans[span];
  const to = Math.ceil(Date.now() / bucketMs) * bucketMs;
  return client.deliveries.stats({ ...scope, from: new Date(to - ms), to: new Date(to), bucket, signal });
}

/** The delivery statistics of the scope. */
export function useStatistics(span: Span) {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['statistics', filter, span],
    queryFn: ({ signal }) => readStatistics(client, filter, span, signal),
    refetchInterval: 60_000,
  });
}

/**
 * How many deliveries the scope had in the same time before: the same hours of yesterday, or the days before these. Its last bucket ends
 * as far into its hour as now is, as nearly as the counts tell, so that a morning is compared with a morning. Null where they could not
 * all be counted.
 */
export function useBefore(span: Span) {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['statistics', filter, span, 'before'],
    queryFn: async ({ signal }) => {
      const { ms, bucketMs, bucket, backMs } = spans[span];
      const end = Math.ceil(Date.now() / bucketMs) * bucketMs - backMs;
      const [from, to] = [new Date(end - ms), new Date(end)];
      const buckets = await client.deliveries.stats({ ...filter, from, to, bucket, signal });
      const { total, isAtLeast } = totalOf(buckets);
      if (isAtLeast) return null;
      const gone = 1 - (end + backMs - Date.now()) / bucketMs;
      const last = buckets.at(-1)?.total ?? 0;
      return total - last + Math.round(last * gone);
    },
    staleTime: 60_000,
  });
}

/** The open deliveries of the scope, whenever they were created. */
export function useUnderWay() {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['statistics', filter, 'open'],
    queryFn: ({ signal }) => client.deliveries.countOpen({ ...filter, signal }),
    refetchInterval: 60_000,
  });
}
