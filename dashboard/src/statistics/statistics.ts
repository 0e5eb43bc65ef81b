import type { DeliveryBucket, Everhook } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { type Scope, useScope } from '../shell/scope.tsx';

/** Selectable time ranges, with the width of a bar. */
export const spans = {
  hour: { text: 'Last hour', ms: 3_600_000, bucket: 'MINUTE', bucketMs: 60_000 },
  day: { text: 'Last 24 hours', ms: 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000 },
  week: { text: 'Last 7 days', ms: 7 * 86_400_000, bucket: 'HOUR', bucketMs: 3_600_000 },
  month: { text: 'Last 30 days, in UTC', ms: 30 * 86_400_000, bucket: 'DAY', bucketMs: 86_400_000 },
} as const;

export type Span = keyof typeof spans;

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

/** Sums several buckets. */
export function totalOf(buckets: readonly DeliveryBucket[]) {
  const sum = (count: (bucket: DeliveryBucket) => number) => buckets.reduce((all, bucket) => all + count(bucket), 0);
  const delivered = sum((each) => each.delivered);
  const failed = sum((each) => each.failed);
  return {
    total: sum((each) => each.total),
    delivered,
    failed,
    successRate: delivered + failed === 0 ? null : delivered / (delivered + failed),
  };
}
